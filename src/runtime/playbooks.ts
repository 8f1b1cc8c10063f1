import { describeRef } from './routing/node-routes.js';
import { FlowError } from '../errors/flow-error.js';
import type { EventBus } from '../events/event-bus.js';
import { invalidOption, rejectUnknownOptions } from '../errors/option-error.js';
import { isMessage } from '../message/emitted-payload.js';
import type { Message } from '../message/message.js';
import { INHERITED, type InheritingOptions } from './calling-run.js';
import type { FlowSnapshot } from './flow-snapshot.js';
import type { FlowRecorder } from './flow-recorder.js';
import type { ListenerHandle } from './penguiflow.js';
import { stoppedError } from './control/halt-flow.js';
import type { FlowCore, PlaybookRequest, PlaybookRunner } from './core/flow-core.js';
import { onAbort } from '../scheduling/on-abort.js';
import { TimeBudget } from './time-budget.js';
import { deadlineError } from './trace/deadline-error.js';
import { SentMessage } from './trace/sent-message.js';

/** The handle of a playbook's flow, as far as its caller needs it. */
export interface PlaybookFlow {
  readonly name: string;
  run(): Promise<void>;
  call(message: Message, options: InheritingOptions): Promise<unknown>;
  stop(options: { readonly graceS: number; readonly flushS: number }): Promise<Leftovers>;
  snapshot(): FlowSnapshot;
  record(recorder: FlowRecorder): ListenerHandle;
}

/** Makes the flow of a playbook; its events go to `observer` as well. */
export type PlaybookOpener = (flowClass: Function, observer: EventBus) => PlaybookFlow;

/** What was not done when the time of a stop was over: by name, code that runs, and listeners that write. */
export interface Leftovers {
  readonly stuckNodes: readonly string[];
  readonly unflushed: readonly string[];
}

/** A playbook's flow, which is made by its first call. */
interface Playbook {
  readonly flow: PlaybookFlow;
  readonly started: Promise<void>;
  isUp: boolean;
}

/**
 * The playbooks of one flow: flows that its nodes call. Each is made and started by its first call, kept warm for the
 * others, and stopped with the flow.
 */
export class Playbooks implements PlaybookRunner {
  readonly #open: (flowClass: Function) => PlaybookFlow;
  readonly #core: () => FlowCore;
  readonly #playbooks = new Map<Function, Playbook>();
  #stopped = false;

  /** @param open - makes a flow with the calling flow's container and middlewares */
  constructor(open: (flowClass: Function) => PlaybookFlow, core: () => FlowCore) {
    this.#open = open;
    this.#core = core;
  }

  /** Not an async function, whose frame would stand between an error and the node that awaits it. */
  call(request: PlaybookRequest): Promise<unknown> {
    try {
      checkRequest(request);
      const { signal, flowClass, options } = request;
      // The time of the call covers the start of the playbook.
      const time = options?.timeoutS === undefined ? undefined : new TimeBudget(this.#core(), options.timeoutS);
      const playbook = this.#playbookOf(flowClass);
      if (playbook.isUp) return send(request, playbook, time);
      return this.#comesUp(playbook, signal, time).then((isUp) => {
        if (!isUp) throw deadlineError(request.from.envelope.trace.id, this.#core().clock.now() / 1000);
        return send(request, playbook, time);
      });
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** The playbooks that run. */
  get flows(): readonly PlaybookFlow[] {
    return [...this.#playbooks.values()].filter(({ isUp }) => isUp).map(({ flow }) => flow);
  }

  /** All of them, those that are starting too. */
  get opened(): readonly PlaybookFlow[] {
    return [...this.#playbooks.values()].map(({ flow }) => flow);
  }

  /**
   * Stops every playbook, those that are starting too; the calls they worked for have been interrupted. None is made any more.
   *
   * @param flushS - what each has for its listeners when its code is done
   */
  async stop(grace: TimeBudget, flushS: number): Promise<Leftovers> {
    this.#stopped = true;
    const stops = [...this.#playbooks.values()].map(({ flow }) => flow.stop({ graceS: grace.leftS, flushS }));
    const stopped = await Promise.allSettled(stops);
    this.#playbooks.clear();
    const left = stopped.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    return {
      stuckNodes: left.flatMap(({ stuckNodes }) => stuckNodes),
      unflushed: left.flatMap(({ unflushed }) => unflushed),
    };
  }

  #playbookOf(flowClass: Function): Playbook {
    const known = this.#playbooks.get(flowClass);
    if (known !== undefined) return known;
    if (this.#stopped) throw stoppedError(this.#core().plan.flowName);
    const flow = this.#open(flowClass);
    const started = flow.run();
    const playbook: Playbook = { flow, started, isUp: false };
    this.#playbooks.set(flowClass, playbook);
    started.then(
      () => (playbook.isUp = true),
      // One that did not start is tried again by the next call.
      () => this.#playbooks.delete(flowClass),
    );
    return playbook;
  }

  /** Waits for the start until the attempt is over; false when it took longer than there is time. */
  async #comesUp({ started }: Playbook, signal: AbortSignal, time: TimeBudget | undefined): Promise<boolean> {
    let stopListening: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      stopListening = onAbort(signal, () => reject(signal.reason as Error));
    });
    try {
      const up = Promise.race([started, aborted]);
      if (time !== undefined) return await time.holds(up);
      await up;
      return true;
    } finally {
      stopListening?.();
    }
  }
}

/** @throws FlowError `INVALID_OPTION` */
function checkRequest({ owner, flowClass, options }: PlaybookRequest): void {
  const where = callOf(owner);
  if (typeof flowClass !== 'function') throw invalidOption('flowClass', where, 'a class with @Flow', flowClass);
  if (options === undefined) return;
  rejectUnknownOptions(options, ['timeoutS'], where);
  const { timeoutS } = options;
  if (timeoutS !== undefined && !(typeof timeoutS === 'number' && timeoutS > 0)) {
    throw invalidOption('timeoutS', where, '> 0', timeoutS);
  }
}

/** Calls the flow of a playbook, which is up. */
function send(request: PlaybookRequest, { flow }: Playbook, time: TimeBudget | undefined): Promise<unknown> {
  const { from, owner, signal, flowClass, payload } = request;
  if (signal.aborted) throw signal.reason as FlowError;
  const { trace, deadline } = from.envelope;
  const message = isMessage(payload) ? payload : from.message.with({ payload });
  if (message.traceId !== trace.id) {
    throw new FlowError('TRACE_MISMATCH', {
      message: `${callOf(owner)} passed a Message of trace ${message.traceId} to ${describeRef(flowClass)}; its own is ${trace.id}`,
      traceId: trace.id,
    });
  }
  const options = { signal, [INHERITED]: { deadline, run: trace.run, key: callKey(request, flow.name) } };
  return flow.call(message, time === undefined ? options : { ...options, timeoutS: time.leftS });
}

/** What a call is known by: a message of the caller's to the playbook. */
function callKey({ from, owner, which }: PlaybookRequest, flowName: string): (() => string) | undefined {
  const { sent } = from;
  if (sent === undefined) return undefined;
  return () => SentMessage.fromNode(0, 0, undefined, undefined, owner, sent, `call ${which}`).keyAt(flowName);
}

function callOf(owner: string): string {
  return `call() of node "${owner}"`;
}
