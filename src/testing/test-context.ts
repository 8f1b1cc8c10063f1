import {
  FlowError,
  Message,
  StreamChunk,
  type ChunkOptions,
  type Dependency,
  type NodeEmitOptions,
  type MessageHeaders,
  type LogFields,
  type LogLevel,
  type NodeContext,
  type NodeLogger,
  type NodeRef,
  type PlaybookClass,
  type CallOptions,
} from '../index.js';

/** What a {@link TestContext} may be told; everything has a default. */
export interface TestContextOptions<out I = unknown> {
  /** The envelope the node works on. @defaultValue a message without a payload */
  readonly message?: Message<I>;
  /** @defaultValue 0 */
  readonly attempt?: number;
  /** @defaultValue 'OpenSea', the ingress */
  readonly source?: string;
  /** @defaultValue 0 */
  readonly delivery?: number;
  /** @defaultValue 'test-key' */
  readonly idempotencyKey?: string;
  /** @defaultValue false */
  readonly redelivered?: boolean;
  /** @defaultValue 'node' */
  readonly nodeName?: string;
  /** @defaultValue 'flow' */
  readonly flowName?: string;
  /** @defaultValue Infinity */
  readonly remainingMs?: number;
  /** Answers `ctx.call`. @defaultValue refuses */
  readonly playbook?: (flowClass: PlaybookClass<never, unknown>, payload: unknown) => unknown;
}

/** What a node emitted on a {@link TestContext}. */
export interface TestEmit {
  readonly payload: unknown;
  readonly to: NodeRef | readonly NodeRef[] | undefined;
  /** Left out where the node gave none. */
  readonly key?: string;
}

/** What a node logged on a {@link TestContext}. */
export interface TestLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields | undefined;
}

/** What a node called on a {@link TestContext} through `ctx.through`. */
export interface TestDependencyCall {
  readonly dependency: string;
  /** How often its policy called the function. */
  readonly tries: number;
}

/** A context to call one node alone: keeps what the node does with it. Made by `testContext`. */
export class TestContext<out I = unknown> implements NodeContext<I> {
  readonly message: Message<I>;
  readonly attempt: number;
  readonly source: string;
  readonly delivery: number;
  readonly idempotencyKey: string;
  readonly redelivered: boolean;
  readonly nodeName: string;
  readonly flowName: string;
  readonly remainingMs: number;
  readonly emitted: TestEmit[] = [];
  readonly chunks: StreamChunk[] = [];
  readonly lines: TestLine[] = [];
  /** Waits the node asked for, in seconds; they are over at once. */
  readonly sleeps: number[] = [];
  /** Labels that the node gave the run, by name. */
  readonly labels = new Map<string, string>();
  /** What the node called through `ctx.through`, in the order in which it ended. */
  readonly dependencyCalls: TestDependencyCall[] = [];
  readonly logger: NodeLogger;
  readonly #playbook: TestContextOptions['playbook'];
  readonly #controller = new AbortController();
  readonly #onTraceEnd: (() => void)[] = [];
  readonly #holds = new Set<object>();
  readonly #nextSeq = new Map<string, number>();

  constructor(options: TestContextOptions<I> = {}) {
    this.message = options.message ?? new Message(undefined as I);
    this.attempt = options.attempt ?? 0;
    this.source = options.source ?? 'OpenSea';
    this.delivery = options.delivery ?? 0;
    this.idempotencyKey = options.idempotencyKey ?? 'test-key';
    this.redelivered = options.redelivered ?? false;
    this.nodeName = options.nodeName ?? 'node';
    this.flowName = options.flowName ?? 'flow';
    this.remainingMs = options.remainingMs ?? Number.POSITIVE_INFINITY;
    this.#playbook = options.playbook;
    const write =
      (level: LogLevel) =>
      (message: string, fields?: LogFields): void => {
        this.lines.push({ level, message, fields });
      };
    this.logger = {
      error: write('error'),
      warn: write('warn'),
      info: write('info'),
      debug: write('debug'),
      isLevelEnabled: () => true,
    };
  }

  get traceId(): string {
    return this.message.traceId;
  }

  get headers(): MessageHeaders {
    return this.message.headers;
  }

  get tenant(): string {
    return this.message.headers.tenant;
  }

  get meta(): Readonly<Record<string, unknown>> {
    return this.message.meta;
  }

  /** How often the node keeps the trace, at the moment. */
  get holds(): number {
    return this.#holds.size;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async emit(payload: unknown, options?: NodeEmitOptions): Promise<void> {
    this.#mustBeOpen('emit');
    const { to, key } = options ?? {};
    this.emitted.push(key === undefined ? { payload, to } : { payload, to, key });
  }

  async emitChunk(text: string, options: ChunkOptions = {}): Promise<StreamChunk> {
    this.#mustBeOpen('emitChunk');
    const { streamId = this.traceId, done = false, meta = {} } = options;
    const seq = this.#nextSeq.get(streamId) ?? 0;
    this.#nextSeq.set(streamId, done ? 0 : seq + 1);
    const chunk = new StreamChunk(streamId, seq, text, done, meta);
    this.chunks.push(chunk);
    return chunk;
  }

  async call<In, Out>(flowClass: PlaybookClass<In, Out>, payload: NoInfer<In>, _options?: CallOptions): Promise<Out> {
    this.#mustBeOpen('call');
    if (this.#playbook === undefined) {
      throw new FlowError('INVALID_OPTION', {
        message: `The node called playbook ${flowClass.name}, and testContext() has no \`playbook\` to answer`,
        hint: 'Pass `playbook: (flowClass, payload) => result` to testContext().',
      });
    }
    return (await this.#playbook(flowClass as PlaybookClass<never, unknown>, payload)) as Out;
  }

  async sleep(delayS: number): Promise<void> {
    this.#mustBeOpen('sleep');
    this.sleeps.push(delayS);
  }

  /** Goes through the policy; `timeoutS` of the dependency holds in a flow alone. */
  async through<T, Alt = never>(
    to: Dependency<Alt>,
    run: (signal: AbortSignal) => PromiseLike<T> | T,
  ): Promise<T | Alt> {
    this.#mustBeOpen('call of a dependency');
    const { name: dependency, policy } = to;
    let tries = 0;
    const attempt = (context?: { readonly signal: AbortSignal }): PromiseLike<T> | T => {
      tries++;
      return run(context?.signal ?? this.signal);
    };
    try {
      return await (policy === undefined ? attempt() : policy.execute(attempt, this.signal));
    } catch (error) {
      if (tries !== 0) throw error;
      throw new FlowError('DEPENDENCY_REJECTED', {
        message: `"${dependency}" refused the call`,
        traceId: this.traceId,
        nodeName: this.nodeName,
        cause: error,
      });
    } finally {
      this.dependencyCalls.push({ dependency, tries });
    }
  }

  holdTrace(): () => void {
    const hold = {};
    this.#holds.add(hold);
    return () => {
      this.#holds.delete(hold);
    };
  }

  onTraceEnd(callback: () => void): void {
    this.#onTraceEnd.push(callback);
  }

  label(name: string, value: string): void {
    this.labels.set(name, value);
  }

  /** Ends the attempt, as a timeout or a cancellation would: the signal aborts, later emits are refused. */
  abort(reason: unknown = new FlowError('TRACE_CANCELLED', { message: 'the test cancelled the trace' })): void {
    this.#controller.abort(reason);
  }

  /** Ends the trace: calls what the node left with `onTraceEnd`. */
  endTrace(): void {
    for (const callback of this.#onTraceEnd.splice(0)) callback();
  }

  #mustBeOpen(what: string): void {
    if (!this.signal.aborted) return;
    throw new FlowError('ATTEMPT_ENDED', {
      message: `The attempt has ended; its ${what} came too late`,
      traceId: this.traceId,
      nodeName: this.nodeName,
      cause: this.signal.reason,
    });
  }
}

/**
 * Makes a context to call one node by itself, without a flow.
 *
 * @example
 * ```ts
 * const ctx = testContext({ message: new Message(order, { headers: { tenant: 'acme' } }) });
 * await new Price(catalog).process(order, ctx);
 * expect(ctx.emitted).to.deep.equal([]);
 * ```
 */
// oxlint-disable-next-line typescript/no-explicit-any -- without a message it is for a node of any payload
export function testContext<I = any>(options: TestContextOptions<I> = {}): TestContext<I> {
  return new TestContext(options);
}
