import { AsyncResource } from 'node:async_hooks';
import { describeThrown, type FlowError } from '../../errors/flow-error.js';
import { EVENT_BIT } from '../../events/event-bus.js';
import { toPromise } from '../../message/is-thenable.js';
import type { PlanNode } from '../../graph/flow-plan.js';
import type { Dependency, DependencyOutcome } from '../../ports/dependency.js';
import type { AttemptSpan, DependencySpan } from '../../ports/flow-tracer.js';
import type { FlowCore } from '../core/flow-core.js';
import type { PlaceEvents } from '../core/place-events.js';
import type { Parcel } from '../trace/envelope.js';
import { rejectToCaller } from '../trace/throw-to-caller.js';
import { reasonOf, rejectedError, timeoutError, type DependencyCaller } from './dependency-errors.js';
import { DependencyTry } from './dependency-try.js';

/** The node of an attempt, as far as a call goes. */
interface CallingNode {
  readonly core: FlowCore;
  readonly plan: PlanNode;
  readonly events: PlaceEvents;
}

/** The attempt that calls. */
export interface CallingAttempt {
  readonly host: CallingNode;
  readonly parcel: Parcel;
  readonly attempt: number;
  readonly span: AttemptSpan | undefined;
  /** Its calls that are not over. */
  readonly calls: Set<OpenCall>;
}

/** A call that is not over. */
export interface OpenCall {
  /**
   * Its attempt is over.
   *
   * @param error - for whoever still waits for it
   * @param reason - why the attempt was interrupted; undefined for one that ended by itself
   */
  end(error: FlowError, reason: FlowError | undefined): void;
}

type Run<T> = (signal: AbortSignal) => PromiseLike<T> | T;

const TYPES = {
  success: 'dependency_success',
  fallback: 'dependency_success',
  error: 'dependency_error',
  timeout: 'dependency_error',
  cancelled: 'dependency_error',
  rejected: 'dependency_rejected',
} as const satisfies Record<DependencyOutcome, string>;

/** One `ctx.through`: the policy, the tries that it makes, and what is told of them. */
export class DependencyCall<T, Alt> implements OpenCall {
  readonly promise: Promise<T | Alt>;
  readonly #from: CallingAttempt;
  readonly #to: Dependency<Alt>;
  readonly #run: Run<T>;
  readonly #span: DependencySpan | undefined;
  readonly #beganMs: number;
  readonly #tries = new Set<DependencyTry<T>>();
  #resolve!: (value: T | Alt | Promise<never>) => void;
  #reject!: (reason: unknown) => void;
  /** Of the whole call; only a policy is given it. */
  #controller: AbortController | undefined;
  #triesMade = 0;
  #hasSucceeded = false;
  /** What the last try failed with. */
  #lastError: unknown;
  /** The errors of tries that took too long. */
  #timeouts: Set<unknown> | undefined;
  /** Why no more tries are made. */
  #ended: unknown;
  #isOver = false;

  constructor(from: CallingAttempt, to: Dependency<Alt>, run: Run<T>) {
    this.#from = from;
    this.#to = to;
    this.#run = run;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    from.calls.add(this);
    this.#beganMs = from.host.core.clock.monotonic();
    this.#span = from.span?.dependency?.(to.name);
  }

  /** Begins: the function may be called at once. */
  start(): void {
    const { core } = this.#from.host;
    const { policy } = this.#to;
    let answer: PromiseLike<T | Alt>;
    try {
      core.dependencies.use(this.#to);
      if (policy === undefined) answer = this.#try(undefined);
      else {
        this.#controller = new AbortController();
        const { signal } = this.#controller;
        // A policy may call from wherever it likes, such as from the end of somebody else's call.
        const attempt = AsyncResource.bind((context: { readonly signal: AbortSignal } | undefined) =>
          this.#try(context?.signal === signal ? undefined : context?.signal),
        );
        answer = policy.execute(attempt, signal);
      }
    } catch (error) {
      answer = Promise.reject(error as Error);
    }
    toPromise(answer).then(
      (value) => this.#succeed(value),
      (error: unknown) => this.#fail(error),
    );
  }

  end(error: FlowError, reason: FlowError | undefined): void {
    if (!this.#close()) return;
    this.#reject(error);
    const isLate = reason?.code === 'NODE_TIMEOUT' || reason?.code === 'DEADLINE_EXCEEDED';
    const give = (): void => {
      this.#tell(isLate ? 'timeout' : 'cancelled', reason ?? error);
      this.#controller?.abort(reason ?? error);
      this.#abandonTries(reason ?? error);
    };
    // The end of an attempt that ended by itself is no place for code of the user's.
    if (reason === undefined) queueMicrotask(give);
    else give();
  }

  #try(policySignal: AbortSignal | undefined): Promise<T> {
    const { promise } = this.#newTry(policySignal);
    const noted = promise.then(
      (value) => {
        this.#hasSucceeded = true;
        return value;
      },
      (error: unknown) => {
        this.#lastError = error;
        throw error;
      },
    );
    // A policy may have stopped waiting for it.
    noted.catch(() => {});
    return noted;
  }

  #newTry(policySignal: AbortSignal | undefined): Pick<DependencyTry<T>, 'promise'> {
    // A policy may come back to a call that is over.
    if (this.#isOver) return { promise: Promise.reject(this.#ended as Error) };
    this.#triesMade++;
    const { core } = this.#from.host;
    const { timeoutS } = this.#to;
    const timeoutMs = timeoutS === undefined ? undefined : timeoutS * 1000;
    const one = new DependencyTry<T>({
      core,
      timeoutMs,
      policySignal,
      tooLong: () => this.#tooLong(),
      onOver: () => this.#tries.delete(one),
    });
    this.#tries.add(one);
    const [run, span] = [this.#run, this.#span];
    one.start(span === undefined ? run : (signal) => span.run(() => run(signal)));
    return one;
  }

  get #caller(): DependencyCaller {
    const { host, parcel } = this.#from;
    return { plan: host.plan, traceId: parcel.envelope.trace.id };
  }

  #tooLong(): FlowError {
    const error = timeoutError(this.#caller, this.#to);
    (this.#timeouts ??= new Set()).add(error);
    return error;
  }

  #succeed(value: T | Alt): void {
    if (!this.#close()) return;
    if (this.#hasSucceeded) this.#tell('success');
    else this.#tell('fallback', this.#lastError);
    this.#abandonTries();
    this.#resolve(value);
  }

  #fail(thrown: unknown): void {
    if (!this.#close()) return;
    const wasCalled = this.#triesMade !== 0;
    const error = wasCalled ? thrown : rejectedError(this.#caller, this.#to, thrown);
    const isTimeout = this.#timeouts?.has(error) === true;
    this.#tell(wasCalled ? (isTimeout ? 'timeout' : 'error') : 'rejected', error);
    this.#abandonTries();
    if (isTimeout || !wasCalled) rejectToCaller(error as FlowError, { resolve: this.#resolve, reject: this.#reject });
    else this.#reject(error);
  }

  /** False when it was over before. */
  #close(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#from.calls.delete(this);
    return true;
  }

  /** What the policy has left behind, or the attempt. */
  #abandonTries(reason: unknown = new DOMException('The call is over', 'AbortError')): void {
    this.#ended = reason;
    for (const one of this.#tries) one.abandon(reason);
  }

  #tell(outcome: DependencyOutcome, error?: unknown): void {
    const { host, parcel, attempt } = this.#from;
    const { core, events } = host;
    const tries = this.#triesMade;
    this.#span?.end({ outcome, tries, error });
    const type = TYPES[outcome];
    if ((core.bus.mask & EVENT_BIT[type]) === 0) return;
    core.runQueue.enter();
    try {
      const latencyMs = Math.max(0, core.time.monotonic() - this.#beganMs);
      const extra = { dependency: this.#to.name, tries, outcome, ...failureFacts(outcome, error) };
      events.publish(type, parcel.envelope, { attempt, latencyMs, extra, error, span: this.#span });
    } finally {
      core.runQueue.leave();
    }
  }
}

function failureFacts(outcome: DependencyOutcome, error: unknown): Record<string, unknown> | undefined {
  if (outcome === 'success') return undefined;
  if (outcome !== 'rejected') return error === undefined ? undefined : { exception: describeThrown(error) };
  const { cause } = error as FlowError;
  return { reason: reasonOf(cause), exception: describeThrown(cause) };
}
