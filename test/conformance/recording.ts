import { FlowError, type FlowEvent, type FlowEventType } from '#src/index.js';
import { normalise } from './codec.js';
import { successorsOf } from './scenario-flow.js';
import type { EventSelector, GraphSpec } from './scenario.js';
import type { World } from './world.js';

/** One recorded event, normalised. */
export interface RecordedEvent {
  readonly event: string;
  readonly node: string;
  readonly trace: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * The events of a run, told as the original would have told them.
 *
 * One difference is wanted: here a deadline interrupts the attempt that would outlive it (R11), where the original lets it
 * finish and skips the next hop. So a `node_timeout` whose cause is the deadline is a `node_success` there, and the
 * `node_failed` after it a `deadline_skip` at each successor (none after a controller, which the original itself checks).
 */
export class Recording {
  readonly events: RecordedEvent[] = [];
  /** Called for each message beyond the first that the original would have skipped. */
  onExtraSkip: (trace: string) => void = () => {};
  readonly #graph: GraphSpec;
  readonly #world: World;
  readonly #nullTraces: ReadonlySet<string>;

  /** @param nullTraces - ids this interpreter made up for messages that have none in the original */
  constructor(graph: GraphSpec, world: World, nullTraces: ReadonlySet<string>) {
    this.#graph = graph;
    this.#world = world;
    this.#nullTraces = nullTraces;
  }

  note(event: FlowEvent): void {
    if (!this.#world.recording || NOT_OF_THE_ORIGINAL.includes(event.eventType)) return;
    const node = event.nodeName ?? '';
    if (isDeadline(event.error) && event.eventType === 'node_timeout') {
      this.#add({ ...event.toPayload(), event: 'node_success' }, node);
    } else if (isDeadline(event.error) && event.eventType === 'node_failed') {
      this.#skipSuccessors(event, node);
    } else {
      this.#add(event.toPayload(), node);
    }
    this.#world.changed();
  }

  /** A message that was refused on arrival, because its deadline had passed: the original skips it at the node. */
  noteRefused(trace: string, nodes: readonly string[]): void {
    for (const node of nodes) this.#addSkip({ trace_id: trace, deadline_s: 0 }, node);
  }

  select({ event, node, trace }: EventSelector): readonly RecordedEvent[] {
    return this.events.filter(
      (each) =>
        (event === undefined || each.event === event) &&
        (node === undefined || each.node === node) &&
        (trace === undefined || each.trace === trace),
    );
  }

  byTraceAndNode(): Record<string, Record<string, string[]>> {
    const traces: Record<string, Record<string, string[]>> = {};
    for (const { trace, node, event } of this.events) ((traces[trace] ??= {})[node] ??= []).push(event);
    return traces;
  }

  countsByType(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { event } of this.events) counts[event] = (counts[event] ?? 0) + 1;
    return counts;
  }

  #skipSuccessors(event: FlowEvent, node: string): void {
    const successors = successorsOf(node, this.#graph);
    if (successors.includes(node)) return;
    const deadline = (event.extra['flow_error'] as { readonly metadata?: object } | undefined)?.metadata;
    for (const successor of successors) this.#addSkip({ ...event.toPayload(), ...deadline }, successor);
    for (const _ of successors.slice(1)) this.onExtraSkip(event.traceId ?? '');
  }

  #addSkip(payload: Readonly<Record<string, unknown>>, node: string): void {
    this.#add({ ...payload, event: 'deadline_skip', node_name: node, attempt: 0, latency_ms: null }, node);
  }

  #add(payload: Record<string, unknown>, node: string): void {
    const id = payload['trace_id'] as string;
    const trace = this.#nullTraces.has(id) ? 'null' : id;
    const normalised = normalise(asOriginal(payload)) as Record<string, unknown>;
    this.events.push({ event: payload['event'] as string, node, trace, payload: normalised });
  }
}

/** Events that the original does not have. */
const NOT_OF_THE_ORIGINAL: readonly FlowEventType[] = ['node_cancelled', 'trace_start', 'trace_end'];

/**
 * A failure's payload with the code that the original gives it: whatever a node raises is a `NODE_EXCEPTION` there, also
 * where the catalogue here has a code of its own.
 */
export function asOriginalError(payload: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (KNOWN_CODES.has(payload['code'] as string)) return payload;
  const metadata = { ...(payload['metadata'] as object | undefined), exception_repr: payload['message'] };
  return { ...payload, code: 'NODE_EXCEPTION', exception_type: payload['code'], metadata };
}

export function isDeadline(error: unknown): boolean {
  return FlowError.is(error, 'DEADLINE_EXCEEDED');
}

const KNOWN_CODES: ReadonlySet<string> = new Set(['NODE_EXCEPTION', 'NODE_TIMEOUT', 'TRACE_CANCELLED']);

function asOriginal(payload: Record<string, unknown>): Record<string, unknown> {
  const error = payload['flow_error'] as Readonly<Record<string, unknown>> | undefined;
  return error === undefined ? payload : { ...payload, flow_error: asOriginalError(error) };
}
