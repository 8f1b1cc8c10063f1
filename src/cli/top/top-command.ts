import { setTimeout } from 'node:timers/promises';

import type { LiveSnapshot } from '../../inspector/api-live.js';
import { CommandFailure } from '../command-failure.js';
import { EXIT } from '../exit-codes.js';
import { parseCount } from '../option-values.js';
import { paintFor } from '../paint.js';
import { findPlace } from '../sources/find-place.js';
import { InspectorClient } from '../sources/inspector-client.js';
import type { SourceOptions } from '../sources/source-options.js';
import type { Terminal } from '../terminal.js';
import { TopScreen } from './top-screen.js';
import { topTable } from './top-table.js';

/** Options of `penguiflow top`. */
export interface TopOptions extends SourceOptions {
  readonly flow?: string;
  readonly json?: true;
  readonly count?: string;
}

/** How long one table waits for a second sample, without which there are no rates. */
const SECOND_MS = 2_500;
const AGAIN_MS = 1_000;
// oxlint-disable-next-line eslint/no-control-regex -- an arrow begins with one
const KEYS = /\u001b\[[A-Z]|[\s\S]/g;

/** `penguiflow top` */
export async function showTop(terminal: Terminal, options: TopOptions): Promise<number> {
  const { flow, json = false, count } = options;
  const most = count === undefined ? undefined : parseCount(count, '--count');
  if (most !== undefined && !json) throw new CommandFailure(EXIT.usage, '--count goes with --json');
  const client = new InspectorClient(await findPlace(terminal, options, 'inspector'));
  const { title, flows } = await client.hello();
  if (flow !== undefined && !flows.includes(flow)) {
    throw new CommandFailure(
      EXIT.notFound,
      `${title} has no flow ${JSON.stringify(flow)}`,
      `It has ${flows.join(', ')}.`,
    );
  }
  if (json) return printLines(terminal, client, flow, most);
  if (!terminal.isInteractive || !terminal.stdin.isTTY) return printTable(terminal, client, flow);
  return watch(terminal, client, title, flow);
}

async function* snapshots(
  client: InspectorClient,
  flow: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<LiveSnapshot> {
  for (let isLive = true; isLive;) {
    isLive = false;
    for await (const snapshot of client.snapshots(flow, signal)) {
      isLive = true;
      yield flow === undefined ? snapshot : { ...snapshot, flows: snapshot.flows.filter(({ name }) => name === flow) };
    }
    // An inspector ends each stream after some time, to look again at who may see what.
    await setTimeout(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}

async function printLines(
  terminal: Terminal,
  client: InspectorClient,
  flow: string | undefined,
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  const ended = new AbortController();
  let printed = 0;
  for await (const snapshot of snapshots(client, flow, ended.signal)) {
    await terminal.print(`${JSON.stringify(snapshot)}\n`);
    printed += 1;
    if (printed >= most) return EXIT.ok;
  }
  throw new CommandFailure(EXIT.unreachable, `${client.url} has ended the connection`);
}

async function printTable(terminal: Terminal, client: InspectorClient, flow: string | undefined): Promise<number> {
  let latest: LiveSnapshot | undefined;
  for await (const snapshot of snapshots(client, flow, AbortSignal.timeout(SECOND_MS))) {
    const isSecond = latest !== undefined;
    latest = snapshot;
    if (isSecond) break;
  }
  if (latest === undefined) throw new CommandFailure(EXIT.unreachable, `No numbers came from ${client.url}`);
  const view = { order: 'graph', selected: undefined, isOpen: false } as const;
  await terminal.print(`${topTable(latest, view, terminal.columns, paintFor(terminal.colours)).join('\n')}\n`);
  return EXIT.ok;
}

async function watch(
  terminal: Terminal,
  client: InspectorClient,
  title: string,
  flow: string | undefined,
): Promise<number> {
  const screen = new TopScreen(terminal, title);
  const ended = new AbortController();
  const { stdin } = terminal;
  const onKey = (keys: string): void => {
    // Several may come at once; an arrow is three characters.
    for (const [key] of keys.matchAll(KEYS)) if (!screen.key(key)) ended.abort();
  };
  const onResize = (): void => screen.draw();
  const onSignal = (): void => ended.abort();
  stdin.setRawMode(true);
  stdin.setEncoding('utf8').on('data', onKey);
  process.stdout.on('resize', onResize);
  process.once('SIGTERM', onSignal).once('SIGINT', onSignal);
  await screen.open();
  screen.draw();
  try {
    while (!ended.signal.aborted) {
      try {
        for await (const snapshot of snapshots(client, flow, ended.signal)) screen.show(snapshot);
      } catch (error) {
        // What is refused stays so; who is away may come back.
        if (!(error instanceof CommandFailure && error.exitCode === EXIT.unreachable)) throw error;
      }
      if (ended.signal.aborted) break;
      screen.lost(Date.now());
      await setTimeout(AGAIN_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  } finally {
    await screen.close();
    stdin.setRawMode(false);
    stdin.off('data', onKey).pause();
    process.stdout.off('resize', onResize);
  }
  return EXIT.ok;
}
