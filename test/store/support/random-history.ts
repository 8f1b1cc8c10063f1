import { runIdOf, type AttemptRow, type RunQuery, type RunRow, type StoreBatch } from '#src/store/index.js';

const NOON_MS = 1_699_999_200_000;
const SPAN_MS = 3 * 3_600_000;
/** NUL, lone surrogates, what SQL reads, what is longer than a page. */
const TEXTS = ['', 'a', 'ab\0c', '\ud800x', 'x\udc00', '🐧', "it's", '%_"', 'x'.repeat(5_000), 'é\n'];
const FLOWS = ['Orders', 'Refunds', 'O\0rders'];
const TENANTS = ['default', 'acme', 'b\ud83d', ''];
const NODES = ['Price', 'Pay', 'Sh\0ip'];
const CODES = ['NODE_TIMEOUT', 'NODE_EXCEPTION'];
const STATUSES = [
  'running',
  'succeeded',
  'succeeded',
  'failed',
  'cancelled',
  'deadline',
  'stopped',
  'rejected',
] as const;
const KINDS = ['emit', 'call', 'stream', 'collect', 'playbook', 'replay'] as const;
const OUTCOMES = ['running', 'succeeded', 'failed', 'timeout', 'cancelled'] as const;

type Rows = Omit<StoreBatch, 'runner' | 'epoch' | 'number'>;

/** Batches and questions at random, the same ones for the same seed. */
export class RandomHistory {
  #state: number;
  readonly #numbers = new Map<number, number>();
  /** Runs that were written last, as they were written. */
  readonly recent: RunRow[] = [];

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Runs that have begun so far. */
  get begun(): number {
    return [...this.#numbers.values()].reduce((sum, runs) => sum + runs, 0);
  }

  /** Where it stands, to go on from there again. */
  mark(): number {
    return this.#state;
  }

  reset(mark: number): void {
    this.#state = mark;
  }

  below(count: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * count);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  maybe<T>(value: T, one = 2): T | undefined {
    return this.below(one) === 0 ? value : undefined;
  }

  /** Some new runs, some that go on, and rows of all kinds for them. */
  rows(runner: number): Rows {
    const started = Array.from({ length: 1 + this.below(20) }, () => this.#newRun(runner));
    const open = this.recent.filter(
      ({ runId, status }) => status === 'running' && runId > runIdOf(runner, 0) && runId < runIdOf(runner + 1, 0),
    );
    const going = open.filter(() => this.below(3) === 0).map((run) => this.#goOn(run));
    const runs = [...started, ...going, ...started.filter(() => this.below(9) === 0).map((run) => this.#goOn(run))];
    const ids = [...runs.map(({ runId }) => runId), runIdOf(runner, 4_000_000)];
    const many = <Row>(make: (runId: number) => Row, most = 3): Row[] =>
      ids.flatMap((runId) => Array.from({ length: this.below(most + 1) }, () => make(runId)));
    const rows = {
      plans: many((index) => ({ hash: `plan${index % 5}`, flow: 'Orders', json: this.pick(TEXTS) }), 1).slice(0, 2),
      runs,
      labels: many(
        (runId) => ({ runId, name: this.pick(['order', 'st\0ep']), value: this.pick(['1', '2', 'x\0']) }),
        2,
      ),
      attempts: many((runId) => this.#attempt(runId)),
      messages: many((runId) => this.#message(runId)),
      payloads: many((runId) => ({ runId, messageId: this.#messageId(), bytes: this.#bytes() }), 1),
      events: many((runId) => this.#event(runId), 2),
      lines: many((runId) => this.#line(runId), 2),
    };
    for (const run of runs) this.recent.push(run);
    this.recent.splice(0, Math.max(0, this.recent.length - 400));
    return rows;
  }

  query(): RunQuery {
    const one = 5;
    const started = NOON_MS / 1_000 + this.below(SPAN_MS / 1_000);
    return {
      flow: this.maybe(this.pick(FLOWS), one),
      status: this.maybe(this.pick([...STATUSES, 'interrupted'] as const), one),
      tenant: this.maybe(this.pick([...TENANTS, 'unknown']), one),
      traceId: this.maybe(this.pick(this.recent).traceId, one),
      tracePrefix: this.maybe(`t${this.below(60)}`, one),
      text: this.maybe(this.pick(['E', 'no', '\0', 'ss']), one),
      label: this.maybe({ name: this.pick(['order', 'st\0ep', 'none']), value: this.pick(['1', 'x\0']) }, one),
      replayOf: this.maybe(runIdOf(this.pick([1, 2]), 1), 4 * one),
      node: this.maybe(this.pick(NODES), one),
      code: this.maybe(this.pick(CODES), one),
      fromS: this.maybe(this.pick([started, Math.floor(started / 3_600) * 3_600]), one),
      toS: this.maybe(this.pick([started + 3_600, Math.ceil(started / 3_600) * 3_600]), one),
      minMs: this.maybe(this.below(100), one),
    };
  }

  #newRun(runner: number): RunRow {
    const number = (this.#numbers.get(runner) ?? 0) + 1;
    this.#numbers.set(runner, number);
    const parent = this.recent.length > 0 ? this.maybe(this.pick(this.recent), 6) : undefined;
    const startedMs = NOON_MS + this.below(SPAN_MS) + this.pick([0, 0.25]);
    const run: RunRow = {
      ...{
        runId: runIdOf(runner, number),
        flow: this.pick(FLOWS),
        traceId: `t${this.below(500)}\0`,
        tenant: this.pick(TENANTS),
      },
      ...{
        kind: this.pick(KINDS),
        status: 'running',
        startedMs,
        endedMs: undefined,
        attempts: this.below(9),
        retries: 0,
      },
      ...{
        errorCode: undefined,
        errorNode: undefined,
        errorMessage: undefined,
        plan: this.maybe(`plan${this.below(6)}`),
      },
      ...{ parentRun: parent?.runId, rootRun: parent === undefined ? undefined : (parent.rootRun ?? parent.runId) },
      ...{ replayOf: this.maybe(runIdOf(runner, 1), 9), rowsLeftOut: this.below(2), part: this.#part() },
    };
    return this.#goOn(run);
  }

  #goOn(run: RunRow): RunRow {
    const status = this.pick(STATUSES);
    const failed = status === 'failed';
    return {
      ...{
        ...run,
        status,
        endedMs: status === 'running' ? undefined : run.startedMs + this.below(100),
        retries: this.below(3),
      },
      // None of these may change.
      ...{ flow: this.pick([run.flow, 'Other']), tenant: this.pick([run.tenant, 'other']) },
      ...{ errorCode: failed ? this.pick(CODES) : undefined, errorNode: failed ? this.pick(NODES) : undefined },
      errorMessage: failed ? this.pick(TEXTS) : undefined,
    };
  }

  #part(): RunRow['part'] {
    const [rootId, arrivalId] = [this.pick(TEXTS), this.pick(TEXTS)];
    return this.maybe({ rootId, arrivalId, group: this.pick(['eu', 'u\0s']), redelivered: this.below(3) }, 9);
  }

  #attempt(runId: number): AttemptRow {
    const startedMs = NOON_MS + this.below(SPAN_MS);
    return {
      ...{ runId, seq: 1 + this.below(4), node: this.pick(NODES), attempt: this.below(3), parentSeq: this.maybe(1) },
      ...{
        messageId: this.maybe(this.#messageId()),
        sentMs: startedMs - 0.5,
        startedMs,
        endedMs: this.maybe(startedMs + 1),
      },
      ...{ outcome: this.pick(OUTCOMES), queuedIn: this.below(9), errorCode: this.maybe(this.pick(CODES)) },
      error: this.maybe(this.pick(TEXTS)),
    };
  }

  #message(runId: number): NonNullable<StoreBatch['messages']>[number] {
    return {
      ...{
        runId,
        messageId: this.#messageId(),
        from: this.maybe(this.pick(NODES)),
        node: this.maybe(this.pick(NODES)),
      },
      ...{ type: this.pick(['Order', 'O\0']), deadlineMs: this.maybe(NOON_MS), meta: this.maybe(this.pick(TEXTS)) },
      ...{ preview: this.maybe(this.#bytes()), notKept: this.maybe('memory') },
    };
  }

  #event(runId: number): NonNullable<StoreBatch['events']>[number] {
    return {
      ...{ runId, seq: 1 + this.below(4), atMs: NOON_MS + this.below(999), type: this.pick(['retry', 'skip']) },
      ...{ node: this.maybe(this.pick(NODES)), attemptSeq: this.maybe(1), detail: this.maybe(this.pick(TEXTS)) },
    };
  }

  #line(runId: number): NonNullable<StoreBatch['lines']>[number] {
    return {
      ...{ runId, seq: 1 + this.below(9), atMs: NOON_MS + this.below(999), level: this.pick(['info', 'warn']) },
      ...{ logger: 'penguiflow.nodes', message: this.pick(TEXTS), node: this.maybe(this.pick(NODES)) },
      fields: this.maybe(this.pick(TEXTS)),
    };
  }

  #messageId(): string {
    return `m${this.below(4)}${this.pick(['', '\0'])}`;
  }

  #bytes(): Uint8Array {
    const [first, step] = [this.below(256), this.below(256)];
    return new Uint8Array(this.pick([0, 1, 50, 6_000])).map((_, index) => first + index * step);
  }
}
