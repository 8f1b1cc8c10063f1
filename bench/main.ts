import 'reflect-metadata';
import process from 'node:process';

import { createFlow, type PenguiFlow } from 'penguiflow';

import { bareNodes, Chain, Item, type BareNode } from './chain.js';
import { median, table } from './report.js';

/** Repetitions; each runs all contenders, in turn, so that they share the machine's noise. */
const ROUNDS = 9;
const MESSAGES = 200_000;
const ROUND_TRIPS = 20_000;

/** Puts one message after the other through the five functions; the limit of what a flow could reach. */
async function bareLoop(nodes: readonly BareNode[], messages: number): Promise<number> {
  async function* source(): AsyncGenerator<Item> {
    for (let n = 0; n < messages; n++) yield new Item(n);
  }
  const from = performance.now();
  for await (const item of source()) {
    let value = item;
    for (const node of nodes) value = await node.process(value);
  }
  return perSecond(messages, from);
}

async function throughput(listen: boolean): Promise<number> {
  const flow = createFlow(Chain);
  await begin(flow, listen);
  const from = performance.now();
  const consumed = (async () => {
    for (let n = 0; n < MESSAGES; n++) await flow.fetch();
  })();
  for (let n = 0; n < MESSAGES; n++) await flow.emit(new Item(n));
  await consumed;
  const rate = perSecond(MESSAGES, from);
  await flow.stop();
  return rate;
}

async function roundTrips(listen: boolean): Promise<number> {
  const flow = createFlow(Chain);
  await begin(flow, listen);
  const from = performance.now();
  for (let n = 0; n < ROUND_TRIPS; n++) await flow.call(new Item(n));
  const rate = perSecond(ROUND_TRIPS, from);
  await flow.stop();
  return rate;
}

async function begin(flow: PenguiFlow<Item, Item>, listen: boolean): Promise<void> {
  // A sink for `node_failed` alone keeps the no-listener case free of events, and of the warning about no sink.
  flow.on(listen ? '*' : 'node_failed', countEvent);
  await flow.run();
}

let events = 0;

function countEvent(): void {
  events++;
}

function perSecond(count: number, from: number): number {
  return (count / (performance.now() - from)) * 1000;
}

const contenders: ReadonlyArray<readonly [string, () => Promise<number>]> = [
  ['bare for await loop', () => bareLoop(bareNodes(), MESSAGES)],
  ['flow, no listener', () => throughput(false)],
  ['flow, one listener', () => throughput(true)],
  ['round trips, bare', () => bareLoop(bareNodes(), ROUND_TRIPS)],
  ['round trips, no listener', () => roundTrips(false)],
  ['round trips, one listener', () => roundTrips(true)],
];

const rates = new Map<string, number[]>(contenders.map(([name]) => [name, []]));
for (let round = -1; round < ROUNDS; round++) {
  for (const [name, run] of contenders) {
    const rate = await run();
    // Round -1 warms up.
    if (round >= 0) rates.get(name)?.push(rate);
  }
}

const medians = new Map([...rates].map(([name, values]) => [name, median(values)]));
const bare = medians.get('bare for await loop') ?? Number.NaN;
const bareTrips = medians.get('round trips, bare') ?? Number.NaN;
const rows = [...medians].map(([name, rate]) => [
  name,
  Math.round(rate).toLocaleString('en'),
  Math.round(rate * 5).toLocaleString('en'),
  (rate / (name.startsWith('round') ? bareTrips : bare)).toFixed(2),
]);
process.stdout.write(
  `Five identity nodes, floes of 64; medians of ${ROUNDS} interleaved rounds, Node ${process.versions.node}\n\n` +
    `${table([['', 'messages/s', 'hops/s', 'of bare'], ...rows])}\n\n${events.toLocaleString('en')} events seen\n`,
);
