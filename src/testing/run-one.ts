import {
  createFlow,
  FlowError,
  Message,
  type AnyProvider,
  type CreateFlowOptions,
  type EmitOptions,
  type FlowClass,
  type FlowErrorCode,
  type FlowEvent,
  type FlowInput,
  type FlowOutput,
  type PenguiFlow,
  type Provider,
} from '../index.js';
import type { FlowRun } from './flow-run.js';
import { invalid } from './invalid.js';
import { manualClockOf } from './manual-clock-of.js';
import type { ManualClock } from './manual-clock.js';
import { untilReal } from './real-time.js';
import { recordEvents } from './record-events.js';

/** As long as `stop()` gives to hooks and services, in seconds. */
const GRACE_S = 5;

/** What is left to code that was still running when its time was over; it has been told to stop. */
const GRACE_OF_UNFINISHED_S = 0.5;

/** Options of {@link runOne}: those of `createFlow` and of `call`, and how long the other branches may go on. */
export interface RunOneOptions<P extends readonly AnyProvider[] = readonly Provider[]>
  extends CreateFlowOptions<P>, EmitOptions {
  /** Time for branches that still run when the result is there, in seconds of real time, whatever the clock of the flow. @defaultValue 1 */
  readonly drainS?: number;
}

/**
 * Runs one message through a real flow: makes it, starts it, calls it, waits for its other branches, stops it. A failure of the run is part of
 * what it returns, also one that came after the result; one of the declaration or the start is thrown.
 *
 * @param payload - or a whole `Message`
 * @throws FlowError what `createFlow` and `run()` throw, and `INVALID_OPTION` for a `drainS` that is none
 * @example
 * ```ts
 * const run = await runOne(Orders, new Order('a-1', 2), { providers: [{ token: Catalog, useValue: fakeCatalog }] });
 * expect(run).to.have.visited('Price', 'Charge');
 * expect(run.value).to.deep.equal(new Receipt('a-1'));
 * ```
 */
export async function runOne<C extends FlowClass, P extends readonly AnyProvider[] | [] = readonly Provider[]>(
  flowClass: C,
  payload: FlowInput<C> | Message<FlowInput<C>>,
  options: RunOneOptions<P> = {},
): Promise<FlowRun<FlowOutput<C>>> {
  const {
    container,
    providers,
    resolver,
    concurrency,
    middlewares,
    interceptors,
    drainS = 1,
    ...emitOptions
  } = options;
  if (typeof drainS !== 'number' || !(drainS >= 0)) throw invalid('`drainS` of runOne()', 'a number >= 0', drainS);
  const flow = createFlow(flowClass, {
    ...(container === undefined ? undefined : { container }),
    ...(providers === undefined ? undefined : { providers }),
    ...(resolver === undefined ? undefined : { resolver }),
    ...(concurrency === undefined ? undefined : { concurrency }),
    ...(middlewares === undefined ? undefined : { middlewares }),
    ...(interceptors === undefined ? undefined : { interceptors }),
  });
  const message: Message<FlowInput<C>> = Message.is(payload)
    ? (payload as Message<FlowInput<C>>)
    : new Message(payload as FlowInput<C>);
  const traceId = emitOptions.traceId ?? message.traceId;
  using recording = recordEvents(flow);
  let value: FlowOutput<C> | undefined;
  let error: FlowError | undefined;
  let unfinished: readonly string[] = [];
  try {
    await flow.run();
    try {
      value = await flow.call(message, { ...emitOptions, traceId });
    } catch (thrown) {
      if (!FlowError.is(thrown)) throw thrown;
      error = thrown;
    }
    await untilReal(() => flow.snapshot().traces === 0, drainS);
    unfinished = workingNodes(flow);
    error ??= lateFailure(recording.of(traceId));
  } finally {
    await stop(flow, unfinished.length === 0 ? GRACE_S : GRACE_OF_UNFINISHED_S, manualClockOf(options));
  }
  return { traceId, value, error, unfinished, events: recording.of(traceId) };
}

function workingNodes(flow: PenguiFlow): readonly string[] {
  const { traces, nodes } = flow.snapshot();
  if (traces === 0) return [];
  return nodes.filter(({ inFlight, queued }) => inFlight > 0 || queued > 0).map(({ name }) => name);
}

/** What went wrong when the result was there already, and no promise had it any more. */
function lateFailure(events: readonly FlowEvent[]): FlowError | undefined {
  const event = events.find(
    ({ eventType, errorPayload }) => errorPayload !== undefined || eventType === 'deadline_skip',
  );
  if (event === undefined) return undefined;
  const { error: thrown, errorPayload } = event;
  if (FlowError.is(thrown) && thrown.code === errorPayload?.code) return thrown;
  return new FlowError((errorPayload?.code ?? 'DEADLINE_EXCEEDED') as FlowErrorCode, {
    message: errorPayload?.message ?? `The deadline passed before node "${event.nodeName}" had the message`,
    traceId: event.traceId ?? undefined,
    nodeName: event.nodeName ?? undefined,
    nodeId: event.nodeId ?? undefined,
    cause: thrown,
    metadata: errorPayload?.metadata,
  });
}

/** On a clock that is moved by hand nobody else would move it: what hangs is given up all the same. */
async function stop(flow: PenguiFlow, graceS: number, clock: ManualClock | undefined): Promise<void> {
  const stopped = flow.stop({ graceS });
  if (clock === undefined) {
    await stopped;
    return;
  }
  const state = { isStopped: false };
  const noted = stopped.finally(() => (state.isStopped = true));
  await untilReal(() => state.isStopped, graceS);
  while (!state.isStopped) await clock.advance(1_000);
  await noted;
}
