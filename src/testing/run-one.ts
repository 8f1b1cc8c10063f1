import {
  createFlow,
  FlowError,
  Message,
  type AnyProvider,
  type CreateFlowOptions,
  type EmitOptions,
  type FlowClass,
  type FlowInput,
  type FlowOutput,
  type Provider,
} from '../index.js';
import type { FlowRun } from './flow-run.js';
import { recordEvents } from './record-events.js';

/** Options of {@link runOne}: those of `createFlow` and of `call`, and how long the other branches may go on. */
export interface RunOneOptions<P extends readonly AnyProvider[] = readonly Provider[]>
  extends CreateFlowOptions<P>, EmitOptions {
  /** Time for branches that still run when the result is there, in seconds. @defaultValue 1 */
  readonly drainS?: number;
}

/**
 * Runs one message through a real flow: makes it, starts it, calls it, stops it. A failure of the run is part of what it
 * returns; one of the declaration or the start is thrown.
 *
 * @param payload - or a whole `Message`
 * @throws FlowError what `createFlow` and `run()` throw
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
  try {
    await flow.run();
    try {
      value = await flow.call(message, { ...emitOptions, traceId });
    } catch (thrown) {
      if (!FlowError.is(thrown)) throw thrown;
      error = thrown;
    }
  } finally {
    await flow.stop({ drainS });
  }
  return { traceId, value, error, events: recording.of(traceId) };
}
