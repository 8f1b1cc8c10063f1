import { FlowError } from '../errors/flow-error.js';
import { invalidOption } from '../errors/option-error.js';
import { isMessage } from '../message/emitted-payload.js';
import { newTraceId } from '../message/trace-id.js';
import type { NodeRef } from '../ports/node-context.js';
import { LineMember } from '../queue/line.js';
import { onAbort } from '../scheduling/on-abort.js';
import { cancelTrace } from './control/cancel-trace.js';
import { labelRun } from './core/run-labels.js';
import { accountOf } from './core/run-story.js';
import { abortedError, checkCallOptions, checkEmitOptions, type EmitOptions } from './emit-options.js';
import { envelopeFactsOf } from './envelope-facts-of.js';
import type { FlowEngine } from './flow-engine.js';
import type { RootHost, RootName, RootRequest, RootRun, RootStart } from './root-run.js';
import { describeRef } from './routing/node-routes.js';
import type { EnvelopeFacts } from './trace/envelope-facts.js';
import type { TraceReader, TraceRecord } from './trace/trace-record.js';

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});
const CALLER_ABORTED = 'the signal of its caller aborted';

/** A request, with what the engine makes a run of. */
class ReadRequest implements RootRequest {
  constructor(
    readonly facts: EnvelopeFacts,
    readonly kind: RootStart['kind'],
    readonly traceId: string,
    readonly to: readonly string[],
    readonly options: EmitOptions | undefined,
    readonly engine: FlowEngine,
  ) {}

  get payload(): unknown {
    return this.facts.payload;
  }

  get headers(): RootRequest['headers'] {
    return this.facts.headers;
  }

  get meta(): RootRequest['meta'] {
    return this.facts.meta;
  }

  get ts(): number {
    return this.facts.ts;
  }

  get id(): string | undefined {
    return this.options?.id;
  }

  /** `call() of flow "Documents"`. */
  get what(): string {
    return `${this.kind}() of flow "${this.engine.core.plan.flowName}"`;
  }

  leftMs(): number | undefined {
    return this.facts.deadline?.leftMs(this.engine.core.clock);
  }
}

/**
 * Reads what somebody wants to send.
 * @throws FlowError `INVALID_OPTION`, `INVALID_MESSAGE`, `UNKNOWN_TARGET`, `ABORTED`
 */
export function readRequest(engine: FlowEngine, { kind, input, options }: RootStart): RootRequest {
  const { plan, clock } = engine.core;
  const what = `${kind}() of flow "${plan.flowName}"`;
  checkOptions(kind, options, what, input);
  // Refuses what can be no payload.
  isMessage(input);
  const facts = envelopeFactsOf(input, options, clock);
  if (options?.signal?.aborted === true) throw abortedError(what, options.signal, facts.traceId);
  const to = targets(engine, options?.to);
  return new ReadRequest(facts, kind, facts.traceId ?? newTraceId(), to, options, engine);
}

function checkOptions(kind: RootStart['kind'], options: EmitOptions | undefined, what: string, input: unknown): void {
  if (options === undefined) return;
  if (kind === 'emit') checkEmitOptions(options, what, input);
  else checkCallOptions(options, what);
  for (const option of ['join', 'scoped'] as const) {
    if (options[option] !== true) continue;
    const hint =
      'Runs are joined, and results kept for a fetch, within a process only: each emit of a client is a run of its own.';
    throw invalidOption(option, what, 'left out where the flow runs under a carrier', true, hint);
  }
}

/** @throws FlowError `UNKNOWN_TARGET` */
function targets({ core }: FlowEngine, to: NodeRef | readonly NodeRef[] | undefined): readonly string[] {
  const ingress = core.plan.nodes.filter((node) => node.ingress);
  if (to === undefined) return ingress.map(({ name }) => name);
  const refs = (Array.isArray(to) ? to : [to]) as readonly NodeRef[];
  const names = refs.map((ref) => {
    const node = ingress.find(({ name, nodeClass }) => name === ref || nodeClass === ref);
    if (node !== undefined) return node.name;
    const known = ingress.map(({ name }) => name).join(', ');
    throw new FlowError('UNKNOWN_TARGET', {
      message: `${describeRef(ref)} is not an ingress of flow "${core.plan.flowName}"; its ingress is: ${known}`,
    });
  });
  return [...new Set(names)];
}

/** The end of a run whose results come from elsewhere. */
class RootReader extends LineMember implements TraceReader {
  isOver = false;
  /** Who waits for it knows; the exit of the process does not hang on it. */
  readonly isAwaited = false;
  readonly hasPiece = false;
  readonly #host: RootHost;
  #isTold = false;

  constructor(host: RootHost) {
    super();
    this.#host = host;
  }

  fail(error: FlowError): void {
    if (!this.isOver) {
      this.isOver = true;
      this.#host.fails(error);
    }
    // What a stop ends is forgotten without an end.
    if (error.code === 'FLOW_STOPPED') this.end();
  }

  end(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#host.ends();
  }
}

/** The run of a request, as the flow of whoever sends it knows it. */
export class PartRoot implements RootRun {
  readonly #engine: FlowEngine;
  readonly #run: TraceRecord;
  readonly #reader: RootReader;
  readonly #kind: RootStart['kind'];
  #unlink: (() => void) | undefined;

  private constructor(engine: FlowEngine, run: TraceRecord, reader: RootReader, kind: RootStart['kind']) {
    this.#engine = engine;
    this.#run = run;
    this.#reader = reader;
    this.#kind = kind;
  }

  /** @param request - what `readRequest` gave */
  static begin(request: RootRequest, { root, isTold }: RootName, host: RootHost): PartRoot {
    const { engine, facts, kind, traceId, options, what } = request as ReadRequest;
    const { core, story } = engine;
    const run = core.traces.begin(facts, traceId);
    run.owned = true;
    const started = new PartRoot(engine, run, new RootReader(host), kind);
    run.reader = started.#reader;
    // Held until its end.
    run.pending++;
    labelRun(run, options?.labels, what);
    run.isLeft = !isTold;
    if (isTold) story.begin(run, kind, false, { root });
    if (run.ended) return started;
    if (run.deadline !== undefined) core.deadlines.watch(run, true);
    const signal = options?.signal;
    if (signal !== undefined)
      started.#unlink = onAbort(signal, () => started.#abort(abortedError(what, signal, traceId)));
    return started;
  }

  get runId(): number {
    return this.#run.run;
  }

  get hasEnded(): boolean {
    return this.#run.ended;
  }

  traceHeaders(): Readonly<Record<string, string>> {
    return this.#run.span?.headers?.() ?? NO_HEADERS;
  }

  accepted(): void {
    if (this.#kind === 'emit') this.#forgetSignal();
  }

  delivered(): void {
    const account = accountOf(this.#engine.core, this.#run);
    if (account !== undefined) account.results++;
  }

  failed(error: FlowError): void {
    this.#run.failed = true;
    accountOf(this.#engine.core, this.#run)?.fail(error, this.#reader.isOver);
    this.#run.span?.failed(error);
  }

  answered(): void {
    this.#reader.isOver = true;
  }

  cancel(reason: string | FlowError): void {
    this.#forgetSignal();
    if (!this.#run.ended) cancelTrace(this.#engine, this.#run, reason);
  }

  end(): void {
    this.#forgetSignal();
    if (!this.#run.ended) this.#engine.core.traces.endNow(this.#run);
  }

  leave(): void {
    this.#run.isLeft = true;
    this.end();
  }

  #abort(error: FlowError): void {
    this.#reader.fail(error);
    this.cancel(CALLER_ABORTED);
  }

  #forgetSignal(): void {
    this.#unlink?.();
    this.#unlink = undefined;
  }
}
