import type { WiredFlow } from '../control/wired-flow.js';
import type { StreamReader } from '../egress/stream-reader.js';

/** What waits in a flow, in words, and what to do about it. */
interface Unfinished {
  readonly what: string[];
  readonly hints: Set<string>;
}

const TAKE_RESULTS = 'Take the results with fetch(), results() or call(), or return nothing from the last node.';
const NO_ANSWER = 'Nothing is under way that could answer: stop() the flow, or give fetch() a timeoutS.';
const NODE_WAITS = 'What the node waits for keeps no process alive.';

/** Says what waits in a flow whose process has nothing left to do; undefined when nothing does. */
export function describeUnfinished({ core, ingress, workers }: WiredFlow): string | undefined {
  const { egress, traces, plan } = core;
  const found: Unfinished = { what: [], hints: new Set() };
  const untaken = egress.size + egress.waiting;
  let [calls, streams, unread] = [0, 0, 0];
  for (const { owned, waiter, reader } of traces.all()) {
    if (!owned) continue;
    if (waiter !== undefined) calls++;
    const stream = reader as StreamReader | undefined;
    if (stream?.isAwaited === true) streams++;
    else if (stream?.hasPiece === true) unread++;
  }
  const emits = ingress.floes.reduce((sum, floe) => sum + emitsAt(floe.lastWaiting), 0);
  const hint = untaken === 0 ? NODE_WAITS : TAKE_RESULTS;
  note(found, emits, 'emit()', 'waits for room', hint);
  note(found, calls, 'call()', 'waits for its answer', hint);
  note(found, streams, 'stream()', 'waits for more', hint);
  note(found, traces.waitingFetches + egress.waitingFetches, 'fetch()', 'waits for a result', NO_ANSWER);
  note(found, egress.waitingReaders, 'results()', 'waits for more', NO_ANSWER);
  note(found, untaken, 'result', 'waits to be taken', TAKE_RESULTS);
  note(found, unread, 'stream', 'waits to be read', 'Read streams to their end, or leave their loop.');
  if (found.what.length === 0) return undefined;
  const busy = workers.filter(({ inFlight }) => inFlight !== 0).map(({ name, inFlight }) => `"${name}" (${inFlight})`);
  // Otherwise it is room that they wait for.
  const held = busy.length === 0 || untaken !== 0 ? '' : ` Nodes that hold messages: ${busy.join(', ')}.`;
  return (
    `The process ends because nothing is left to do, but in flow "${plan.flowName}" ${found.what.join(' and ')}.` +
    `${held} ${[...found.hints].join(' ')}`
  );
}

function note({ what, hints }: Unfinished, count: number, noun: string, waits: string, hint: string): void {
  if (count === 0) return;
  what.push(
    count === 1
      ? `1 ${noun} ${waits}`
      : `${count} ${plural(noun)} ${waits.replace('waits', 'wait').replace('its', 'their')}`,
  );
  hints.add(hint);
}

function plural(noun: string): string {
  return noun.endsWith(')') ? noun : `${noun}s`;
}

/** What came from `emit` of those that wait for room; a `call` waits for its answer. */
function emitsAt(last: Put | undefined): number {
  let emits = 0;
  for (let put = last; put !== undefined; put = put.before as Put | undefined)
    if (!put.item.envelope.trace.owned) emits++;
  return emits;
}

type Put = NonNullable<WiredFlow['ingress']['floes'][number]['lastWaiting']>;
