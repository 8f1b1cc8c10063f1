import { SlotState } from '../attempt/current-attempt.js';
import { ROOKERY } from '../control/event-places.js';
import type { WiredFlow } from '../control/wired-flow.js';
import type { NodeWorker } from '../node/node-worker.js';
import { callsItself, waitsForFlow } from './attempt-waits.js';
import type { FlowStall } from './flow-stall.js';

/** So many streams are named at most. */
const NAMED_STREAMS = 10;

/** Describes what waits in a flow. */
export function describeStall(flow: WiredFlow, stalledMs: number): FlowStall {
  const { core, ingress, workers } = flow;
  const { egress } = core;
  const unread = egress.openStreams.filter(({ waiting }) => waiting !== 0).map(({ run }) => run.id);
  const fullAt = workers.filter(({ inputs }) => inputs.some((floe) => floe.waiting !== 0)).map(({ name }) => name);
  if (egress.waiting !== 0 || unread.length !== 0) fullAt.push(ROOKERY);
  const callingNodes = workers.filter(callsItself).map(({ name }) => name);
  const untakenResults = egress.waiting === 0 ? 0 : egress.size + egress.waiting;
  return Object.freeze({
    stalledS: Math.round(stalledMs) / 1000,
    fullAt: Object.freeze(fullAt),
    waitingNodes: Object.freeze(workers.filter(holdsBack).map(({ name }) => name)),
    waitingEmits: ingress.floes.reduce((sum, floe) => sum + floe.waiting, 0),
    callingNodes: Object.freeze(callingNodes),
    untakenResults,
    unreadStreams: Object.freeze(unread.slice(0, NAMED_STREAMS)),
    hint: hintFor(untakenResults, unread, callingNodes),
  });
}

function holdsBack({ slots }: NodeWorker): boolean {
  return slots.some(
    (slot) => slot.state === SlotState.delivering || (slot.context !== undefined && waitsForFlow(slot)),
  );
}

function hintFor(untakenResults: number, unread: readonly string[], calling: readonly string[]): string {
  const hints: string[] = [];
  if (calling.length !== 0) {
    hints.push(
      `"${calling[0]}" calls the handle of its own flow, and waits for what it holds up itself: use ctx.call() with a flow of its own for that step.`,
    );
  }
  if (untakenResults !== 0) {
    hints.push(
      `Nobody takes the results: fetch() them, read results(), use call(), or return nothing from the last node.`,
    );
  }
  if (unread.length !== 0) {
    hints.push(`Nobody reads the stream of trace ${unread[0]}: read it to its end, or leave its loop.`);
  }
  return hints.length === 0 ? 'Look at what the nodes in `waitingNodes` and `fullAt` wait for.' : hints.join(' ');
}
