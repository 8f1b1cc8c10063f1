import { FlowError, Message, type FlowEvent, type PenguiFlow } from '#src/index.js';
import { byCanonical, decodePayload, encodePayload, isPlain, normalise } from './codec.js';
import { asOriginalError, isDeadline, type Recording } from './recording.js';
import type { EventSelector, StepSpec } from './scenario.js';
import { STEP_LIMIT_MS, type World } from './world.js';

/** What one fetch step brought. */
export interface FetchedOutputs {
  readonly step: number;
  readonly order: string;
  readonly items: readonly unknown[];
}

/** What the driver knows of a trace that it emitted. */
interface Emitted {
  readonly tenant: string;
  readonly meta: Readonly<Record<string, unknown>>;
  /** It was a bare value, without an envelope. */
  readonly raw: boolean;
}

/** A trace-bound emit holds its trace until its result is fetched. */
interface RoundTrip {
  readonly result: Promise<Message>;
  readonly done: Promise<void>;
  readonly finish: () => void;
}

/** A background task and whether it has ended. */
interface Task {
  readonly promise: Promise<void>;
  state: 'pending' | 'done' | 'cancelled';
}

type Step = Readonly<Record<string, unknown>> & {
  readonly op: string;
  readonly trace?: string;
  readonly n: number;
  readonly order?: string;
  readonly count: number;
};

/**
 * Does what the steps of a scenario say, on the public API.
 *
 * Wanted differences are translated here: a `DEADLINE_EXCEEDED` is the original's final answer; a waiting `emit` ends
 * when its trace is cancelled (R6), where the original's goes on; a bare value has an envelope (R1).
 */
export class Driver {
  readonly outputs: FetchedOutputs[] = [];
  readonly #flow: PenguiFlow<unknown>;
  readonly #world: World;
  readonly #recording: Recording;
  /** Failures of nodes are no outputs, although the flow may have been told to deliver deadlines. */
  readonly #failuresCount: boolean;
  readonly #nullTraces: Set<string>;
  readonly #ingress: readonly string[];
  readonly #emitted = new Map<string, Emitted>();
  readonly #roundTrips = new Map<string, RoundTrip>();
  readonly #tasks = new Map<string, Task>();
  /** Outputs the original would have and this library has not: one per skipped message. */
  readonly #owed: { readonly trace: string; readonly item: unknown }[] = [];

  constructor(parts: {
    readonly flow: PenguiFlow<unknown>;
    readonly world: World;
    readonly recording: Recording;
    readonly nullTraces: Set<string>;
    readonly failuresCount: boolean;
  }) {
    this.#flow = parts.flow;
    this.#world = parts.world;
    this.#recording = parts.recording;
    this.#nullTraces = parts.nullTraces;
    this.#failuresCount = parts.failuresCount;
    this.#ingress = parts.flow.plan.nodes.filter((node) => node.ingress).map((node) => node.name);
    this.#recording.onExtraSkip = (trace) => this.#owed.push({ trace, item: this.#deadlineItem(trace) });
  }

  /** Takes every event of the flow. */
  readonly listen = (event: FlowEvent): void => {
    if (event.flowName === this.#flow.name) this.#recording.note(event);
  };

  async run(steps: readonly StepSpec[]): Promise<void> {
    for (const [index, step] of steps.entries()) {
      const what = `step ${index} (${step.op})`;
      await this.#world.letPass(this.#step(step as Step, index, what), what);
    }
  }

  /** Background tasks and waiters that are still open end with the flow; nobody is told. */
  abandon(): void {
    for (const { result } of this.#roundTrips.values()) result.catch(ignore);
  }

  async #step(step: Step, index: number, what: string): Promise<void> {
    switch (step.op) {
      case 'emit':
        return this.#emitStep(step);
      case 'await':
        return this.#task(step).promise;
      case 'expect_pending':
        await this.#world.pause(step['settle_ms'] as number);
        // An emit that R6 ended would still wait in the original.
        if (this.#task(step).state === 'done') throw new Error(`${what}: the task has completed`);
        return undefined;
      case 'fetch':
        return this.#fetchStep(step, index);
      case 'expect_no_output':
        return this.#expectNoOutput(step['wait_ms'] as number, what);
      case 'wait_for_event': {
        const seen = (): number => this.#recording.select(step as EventSelector).length;
        return this.#world.until(() => seen() >= step.count);
      }
      case 'expect_event_count': {
        await this.#world.pause(step['settle_ms'] as number);
        const { length } = this.#recording.select(step as EventSelector);
        if (length !== step.count) throw new Error(`${what}: expected ${step.count} events, saw ${length}`);
        return undefined;
      }
      case 'wait_for_invocation': {
        const { invocations } = this.#world;
        return this.#world.until(() => invocations.count(step['node'] as string, step.trace) >= step.count);
      }
      case 'cancel':
        return this.#cancel(step, what);
      case 'release':
        this.#world.gate(step['gate'] as string).open();
        return undefined;
      case 'sleep':
        return this.#world.pause(step['ms'] as number);
      default:
        throw new Error(`${what}: nobody knows this step`);
    }
  }

  async #emitStep(step: Step): Promise<void> {
    const name = step['background'];
    if (name === undefined || name === false) {
      await this.#emit(step);
      return;
    }
    const task: Task = {
      state: 'pending',
      promise: this.#emit(step).then((how) => {
        task.state = how;
      }),
    };
    task.promise.catch(ignore);
    this.#tasks.set(name as string, task);
  }

  async #emit(step: Step): Promise<'done' | 'cancelled'> {
    const scoped = step['scoped'] === true;
    const raw = 'raw' in step;
    const payload = decodePayload(raw ? step['raw'] : step['payload']);
    const traceId = step.trace ?? ownTrace(payload) ?? this.#nullTrace();
    const tenant = (step['tenant'] as string | undefined) ?? 'default';
    const meta = (step['meta'] ?? {}) as Readonly<Record<string, unknown>>;
    if (scoped) await this.#beginRoundTrip(traceId, tenant);
    this.#emitted.set(traceId, { tenant, meta, raw });
    const deadlineInMs = step['deadline_in_ms'] as number | null | undefined;
    const deadline =
      typeof deadlineInMs === 'number' ? { deadlineS: (this.#world.clock.now() + deadlineInMs) / 1000 } : undefined;
    const to = step['to'] as string | readonly string[] | null | undefined;
    const targets = to === undefined || to === null ? undefined : { to };
    try {
      if (raw) await this.#flow.emit(payload, { traceId, join: true, ...targets });
      else {
        const message = new Message(payload, { traceId, headers: { tenant }, meta, ...deadline });
        await this.#flow.emit(message, { join: true, ...targets });
      }
    } catch (error) {
      if (FlowError.is(error, 'TRACE_CANCELLED')) return 'cancelled';
      if (!isDeadline(error)) throw error;
      // While it waited for room its node has said so already; refused at once, nobody has.
      const refused = [to ?? this.#ingress].flat();
      if (this.#recording.select({ event: 'deadline_skip', trace: traceId }).length !== 0) return 'done';
      this.#recording.noteRefused(traceId, refused);
      for (const _ of refused) this.#owed.push({ trace: traceId, item: this.#deadlineItem(traceId) });
    }
    return 'done';
  }

  /**
   * The original's trace-bound emit subscribes to its trace, and the next one of that trace waits until the result of
   * this one was fetched. Here a waiter for the label is the subscription, and runs of one trace id take no turns (R17): the driver does.
   */
  async #beginRoundTrip(traceId: string, tenant: string): Promise<void> {
    for (let before = this.#roundTrips.get(traceId); before !== undefined; before = this.#roundTrips.get(traceId)) {
      await before.done;
    }
    let finish = (): void => {};
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const result = this.#flow.fetchMessage({ traceId, tenant });
    result.catch(ignore);
    this.#roundTrips.set(traceId, {
      result,
      done,
      finish: () => {
        this.#roundTrips.delete(traceId);
        finish();
      },
    });
  }

  async #fetchStep(step: Step, index: number): Promise<void> {
    const items: unknown[] = [];
    while (items.length < step.n) items.push(await this.#output(step.trace));
    const order = step.order ?? 'exact';
    const sortLists = step['sort_lists'] === true;
    const ignoreMessage = step['ignore_message'] === true;
    const told = items.map((item) => tell(item, { sortLists, ignoreMessage }));
    this.outputs.push({ step: index, order, items: sortOutputs(told, order) });
  }

  async #output(trace: string | undefined): Promise<unknown> {
    const owed = this.#owed.findIndex((each) => trace === undefined || each.trace === trace);
    if (owed !== -1) return this.#owed.splice(owed, 1)[0]?.item;
    const roundTrip = trace === undefined ? undefined : this.#roundTrips.get(trace);
    for (;;) {
      const item = await this.#next(trace, roundTrip);
      roundTrip?.finish();
      if (item !== undefined) return item;
    }
  }

  /** The next output; undefined for a failure that the original would not have delivered. */
  async #next(trace: string | undefined, roundTrip: RoundTrip | undefined): Promise<unknown> {
    const options = {
      timeoutS: STEP_LIMIT_MS / 1000,
      ...(trace === undefined ? undefined : { traceId: trace, tenant: this.#tenantOf(trace) }),
    };
    let message: Message;
    try {
      message = await (roundTrip?.result ?? this.#flow.fetchMessage(options));
    } catch (error) {
      if (!FlowError.is(error) || error.traceId === undefined || NO_OUTPUTS.has(error.code)) throw error;
      return this.#failure(error, error.traceId);
    }
    if (FlowError.is(message.payload)) return this.#failure(message.payload, message.traceId);
    const told = this.#traceOf(message.traceId);
    const payload = encodePayload(message.payload);
    if (this.#emitted.get(message.traceId)?.raw === true) return { trace: told, raw: payload };
    const { tenant } = message.headers;
    const meta = Object.keys(message.meta).length === 0 ? undefined : { meta: message.meta };
    return { trace: told, tenant, payload, ...meta };
  }

  #failure(error: FlowError, traceId: string): unknown {
    if (isDeadline(error)) return this.#deadlineItem(traceId);
    if (!this.#failuresCount) return undefined;
    const payload = asOriginalError({ ...error.toPayload() });
    return { trace: this.#traceOf(traceId), flow_error: normalise(payload) };
  }

  #deadlineItem(traceId: string): unknown {
    const { tenant, meta } = this.#emitted.get(traceId) ?? { tenant: 'default', meta: {} };
    const payload = { $final: { text: 'Deadline exceeded' } };
    return {
      trace: this.#traceOf(traceId),
      tenant,
      payload,
      ...(Object.keys(meta).length === 0 ? undefined : { meta }),
    };
  }

  async #expectNoOutput(waitMs: number, what: string): Promise<void> {
    const { clock } = this.#world;
    const end = clock.now() + waitMs;
    if (this.#owed.length !== 0) throw new Error(`${what}: ${JSON.stringify(this.#owed)} came out`);
    for (;;) {
      let message: Message;
      try {
        message = await this.#flow.fetchMessage({ timeoutS: Math.max(1, end - clock.now()) / 1000 });
      } catch (error) {
        if (FlowError.is(error, 'FETCH_TIMEOUT')) return;
        throw error;
      }
      const hidden = FlowError.is(message.payload) && this.#failure(message.payload, message.traceId) === undefined;
      if (!hidden) throw new Error(`${what}: ${JSON.stringify(encodePayload(message.payload))} came out`);
    }
  }

  #cancel(step: Step, what: string): void {
    const traceId = step.trace as string;
    const active = this.#flow.cancel(traceId, { tenant: this.#tenantOf(traceId) });
    if (active !== step['expect']) throw new Error(`${what}: cancel() returned ${String(active)}`);
    if (active) this.#roundTrips.get(traceId)?.finish();
  }

  #task(step: Step): Task {
    const task = this.#tasks.get(step['task'] as string);
    if (task === undefined) throw new Error(`Unknown task "${String(step['task'])}"`);
    return task;
  }

  #tenantOf(traceId: string): string {
    return this.#emitted.get(traceId)?.tenant ?? 'default';
  }

  #traceOf(traceId: string): string | null {
    return this.#nullTraces.has(traceId) ? null : traceId;
  }

  #nullTrace(): string {
    const traceId = `bare-${this.#nullTraces.size}`;
    this.#nullTraces.add(traceId);
    return traceId;
  }
}

/** Errors of a wait, which are no outputs. */
const NO_OUTPUTS: ReadonlySet<string> = new Set(['FETCH_TIMEOUT', 'FLOW_STOPPED', 'ABORTED', 'NOT_RUNNING']);

function ignore(): void {}

/** The trace that a bare value names itself. */
function ownTrace(value: unknown): string | undefined {
  const trace = isPlain(value) ? value['trace_id'] : undefined;
  return typeof trace === 'string' ? trace : undefined;
}

function tell(item: unknown, how: { readonly sortLists: boolean; readonly ignoreMessage: boolean }): unknown {
  if (!isPlain(item)) return item;
  const { flow_error: error, payload } = item;
  return {
    ...item,
    ...(how.sortLists && Array.isArray(payload) ? { payload: payload.toSorted(byCanonical) } : undefined),
    ...(how.ignoreMessage && isPlain(error) ? { flow_error: { ...error, message: '<str>' } } : undefined),
  };
}

export function sortOutputs(items: readonly unknown[], order: string): readonly unknown[] {
  if (order === 'any') return items.toSorted(byCanonical);
  if (order !== 'per_trace') return items;
  const traceOf = (item: unknown): string => String((item as { readonly trace: unknown }).trace);
  return items.toSorted((one, other) => byCanonical(traceOf(one), traceOf(other)));
}
