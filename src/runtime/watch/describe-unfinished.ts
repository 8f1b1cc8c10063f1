import { StreamChunk } from '../../message/stream-chunk.js';
import type { WiredFlow } from '../control/wired-flow.js';
import { CollectReader } from '../egress/collect-reader.js';
import type { StreamReader } from '../egress/stream-reader.js';
import { PendingEmit } from '../routing/pending-emit.js';
import type { RunWait, TraceRecord } from '../trace/trace-record.js';

/** What waits in a flow, in words, and what to do about it. */
interface Unfinished {
  readonly what: string[];
  readonly hints: Set<string>;
}

/** How many of each kind wait. */
interface Waits {
  calls: number;
  collects: number;
  streams: number;
  unread: number;
  emits: number;
  nodeEmits: number;
  chunks: number;
}

const TAKE_RESULTS = 'Take the results with fetch(), results() or call(), or return nothing from the last node.';
const NO_ANSWER = 'Nothing is under way that could answer: stop() the flow, or give fetch() a timeoutS.';
const NO_MORE = 'Nothing is under way that could bring more: stop() the flow, or leave the loop of results().';
const NODE_WAITS = 'What the node waits for keeps no process alive.';
const COMPLETE = 'Emit what completes it, give the join a timeoutS, let go of what is held, or stop() the flow.';
const READ_STREAMS = 'Read streams to their end, or leave their loop.';

/** Says what waits in a flow whose process has nothing left to do; undefined when nothing does. */
export function describeUnfinished(flow: WiredFlow): string | undefined {
  const { core, workers } = flow;
  const { egress, traces, plan } = core;
  const found: Unfinished = { what: [], hints: new Set() };
  const untaken = egress.size + egress.waiting;
  const busy = workers.filter(({ inFlight }) => inFlight !== 0);
  const { calls, collects, streams, unread, emits, nodeEmits, chunks } = waitsOf(flow);
  const hint = untaken === 0 ? (unread === 0 ? NODE_WAITS : READ_STREAMS) : TAKE_RESULTS;
  const via = flow.isPlaybook ? 'ctx.call()' : 'call()';
  note(found, emits, 'emit()', 'waits for room', hint);
  note(found, nodeEmits, 'ctx.emit()', 'waits for room', hint);
  note(found, chunks, 'emitChunk()', 'waits for room', hint);
  note(found, calls, via, 'waits for its answer', hint);
  note(found, collects, 'collect()', 'waits for its results', hint);
  note(found, streams, 'stream()', 'waits for more', hint);
  const fetches = traces.waitingFetches + egress.waitingFetches;
  note(found, fetches, 'fetch()', 'waits for a result', busy.length === 0 ? NO_ANSWER : NODE_WAITS);
  note(found, egress.waitingReaders, 'results()', 'waits for more', busy.length === 0 ? NO_MORE : NODE_WAITS);
  note(found, untaken, 'result', 'waits to be taken', TAKE_RESULTS);
  note(found, unread, 'stream', 'waits to be read', READ_STREAMS);
  if (found.what.length === 0) note(found, inFlight(busy), 'message', 'is not done', NODE_WAITS);
  if (found.what.length === 0)
    note(found, keptOf(traces.all()), 'message', 'is kept by a join or ctx.holdTrace()', COMPLETE);
  if (found.what.length === 0) return undefined;
  const named = busy.map((worker) => `"${worker.name}" (${worker.inFlight})`);
  // Otherwise it is room that they wait for.
  const held = named.length === 0 || untaken !== 0 ? '' : ` Nodes that hold messages: ${named.join(', ')}.`;
  return (
    `The process ends because nothing is left to do, but in flow "${plan.flowName}" ${found.what.join(' and ')}.` +
    `${held} ${[...found.hints].join(' ')}`
  );
}

function waitsOf({ core, ingress }: WiredFlow): Waits {
  const waits: Waits = { calls: 0, collects: 0, streams: 0, unread: 0, emits: 0, nodeEmits: 0, chunks: 0 };
  for (const run of core.traces.all()) {
    if (run.waiter !== undefined) waits.calls++;
    if (run.reader !== undefined) noteReader(waits, run.reader as StreamReader);
    noteEmits(waits, run, (outlet) => ingress.floes.includes(outlet as never));
  }
  return waits;
}

function noteReader(waits: Waits, reader: StreamReader): void {
  if (reader.isAwaited) waits[reader instanceof CollectReader ? 'collects' : 'streams']++;
  else if (reader.hasPiece) waits.unread++;
}

/** What a `call`, `collect` or `stream` sent in waits for its answer, not for room. */
function noteEmits(waits: Waits, run: TraceRecord, isIngress: (outlet: unknown) => boolean): void {
  for (let wait: RunWait | undefined = run.waits; wait !== undefined; wait = wait.nextOfRun) {
    // Another one is a result that waits on its node.
    if (!(wait instanceof PendingEmit)) continue;
    if (StreamChunk.is(wait.item.payload)) waits.chunks++;
    else if (!isIngress(wait.outlet)) waits.nodeEmits++;
    else if (!run.owned) waits.emits++;
  }
}

/** Messages that runs keep for later. */
function keptOf(runs: Iterable<TraceRecord>): number {
  let kept = 0;
  for (const run of runs) for (let local = run.locals; local !== undefined; local = local.next) kept += local.holding;
  return kept;
}

function inFlight(busy: readonly { readonly inFlight: number }[]): number {
  return busy.reduce((sum, worker) => sum + worker.inFlight, 0);
}

function note({ what, hints }: Unfinished, count: number, noun: string, waits: string, hint: string): void {
  if (count === 0) return;
  what.push(count === 1 ? `1 ${noun} ${waits}` : `${count} ${plural(noun)} ${pluralOf(waits)}`);
  hints.add(hint);
}

function plural(noun: string): string {
  return noun.endsWith(')') ? noun : `${noun}s`;
}

function pluralOf(waits: string): string {
  return waits.replace('waits', 'wait').replace('its', 'their').replace('is ', 'are ');
}
