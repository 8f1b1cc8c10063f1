import { constants } from 'node:os';
import { invalidOption, rejectUnknownOptions } from '../errors/option-error.js';
import type { ListenerHandle, PenguiFlow } from './penguiflow.js';
import { checkStopOptions, type StopOptions } from './stop-options.js';

/** Options of {@link stopOnSignals}. */
export interface StopOnSignalsOptions extends StopOptions {
  /** How long queued and in-flight work may go on, in seconds. @defaultValue 10 */
  readonly drainS?: number;
  /** The signals that stop the flows. @defaultValue SIGTERM and SIGINT */
  readonly signals?: readonly NodeJS.Signals[];
  /** What is to be done after the flows have stopped, like closing a pool and the log. @defaultValue nothing */
  readonly afterStop?: () => unknown;
}

const OWNER = 'stopOnSignals()';
const OPTIONS: readonly (keyof StopOnSignalsOptions)[] = ['drainS', 'graceS', 'flushS', 'signals', 'afterStop'];
const DRAIN_S = 10;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Drains flows when the process is told to end, for programs without a framework that does. The first signal stops the flows, all at
 * once; then the process ends by that signal, as whoever sent it expects, unless the program listens to it as well. A second signal
 * ends the process at once. Without a call of this, the library installs no signal handlers.
 *
 * In NestJS call `app.enableShutdownHooks()` instead.
 *
 * @returns the handle that takes the handlers off again
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * await flow.run();
 * stopOnSignals([flow], { drainS: 20, afterStop: () => shutdownLogging() });
 * ```
 */
export function stopOnSignals(
  flows: readonly Pick<PenguiFlow, 'stop'>[],
  options: StopOnSignalsOptions = {},
): ListenerHandle {
  rejectUnknownOptions(options, OPTIONS, OWNER);
  const { signals = SIGNALS, afterStop, ...stop } = options;
  check(flows, signals, afterStop);
  checkStopOptions(stop, OWNER);
  const listeners = signals.map((signal) => {
    const listener = (): void => void end(signal);
    process.on(signal, listener);
    return [signal, listener] as const;
  });
  const dispose = (): void => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    // At once, so that a second signal does what it does without us.
    dispose();
    await Promise.allSettled(flows.map((flow) => flow.stop({ drainS: DRAIN_S, ...stop })));
    try {
      await afterStop?.();
    } finally {
      // A program that listens itself decides itself how to end.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    }
  };
  return { dispose, [Symbol.dispose]: dispose };
}

function check(flows: unknown, signals: unknown, afterStop: unknown): void {
  const isFlow = (flow: unknown): boolean =>
    typeof (flow as { stop?: unknown } | null | undefined)?.stop === 'function';
  if (!Array.isArray(flows) || !flows.every(isFlow)) throw invalidOption('flows', OWNER, 'a list of flows', flows);
  const isSignal = (signal: unknown): boolean => typeof signal === 'string' && Object.hasOwn(constants.signals, signal);
  if (!Array.isArray(signals) || signals.length === 0 || !signals.every(isSignal)) {
    throw invalidOption('signals', OWNER, 'a list of signals', signals);
  }
  if (afterStop !== undefined && typeof afterStop !== 'function') {
    throw invalidOption('afterStop', OWNER, 'a function', afterStop);
  }
}
