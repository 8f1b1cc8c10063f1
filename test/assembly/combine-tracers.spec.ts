import { expect } from 'chai';
import {
  combineTracers,
  dependency,
  FlowError,
  TRACER,
  type AttemptSpan,
  type AttemptStart,
  type FlowTracer,
  type NodeContext,
} from '#src/index.js';
import { useRealFlows } from '../logging/support/real-flows.js';
import { line, node } from '../support/nodes.js';
import { thrownBy } from '../support/thrown-by.js';
import { useLogging } from '../support/use-logging.js';

const bank = dependency('bank');

/** Writes down what it is told, under its name, and whether the spans it is handed are its own. */
class Scribe implements FlowTracer {
  readonly told: string[] = [];
  /** Names of the scribes within whose spans code runs, outermost first. */
  static inside: string[] = [];
  readonly #name: string;
  readonly #leavesOut: boolean;
  readonly #spans = new Map<AttemptSpan, string>();

  constructor(name: string, { leavesOut = false } = {}) {
    this.#name = name;
    this.#leavesOut = leavesOut;
  }

  startTrace(): ReturnType<FlowTracer['startTrace']> {
    this.told.push('trace');
    if (this.#leavesOut) return undefined;
    return {
      logFields: { by: this.#name, [this.#name]: 1 },
      attempt: (start) => this.#attempt(start),
      label: (name, value) => void this.told.push(`${name}=${value}`),
      failed: ({ code }) => this.told.push(code),
      end: (status) => this.told.push(`end ${status}`),
    };
  }

  #attempt({ nodeId, sender, previous, ctx }: AttemptStart): AttemptSpan {
    const label = `${ctx.nodeName}${ctx.attempt}`;
    this.told.push(`${label} from ${this.#nameOf(sender)} after ${this.#nameOf(previous)}`);
    let ended = false;
    const span: AttemptSpan = {
      logFields: { by: this.#name, [this.#name]: nodeId },
      run: (body) => this.#within(body),
      emitted: () => this.told.push(`${label} emitted`),
      end: (error) => {
        // The first call counts.
        if (!ended) this.told.push(`${label} ${error === undefined ? 'ended' : 'failed'}`);
        ended = true;
      },
      dependency: (called) => ({
        logFields: {},
        run: (body) => this.#within(body),
        end: ({ outcome }) => this.told.push(`${called} ${outcome}`),
      }),
    };
    this.#spans.set(span, label);
    return span;
  }

  #nameOf(span: AttemptSpan | undefined): string {
    return span === undefined ? 'nobody' : (this.#spans.get(span) ?? 'a stranger');
  }

  #within<R>(body: () => R): R {
    const before = Scribe.inside;
    Scribe.inside = [...before, this.#name];
    try {
      return body();
    } finally {
      Scribe.inside = before;
    }
  }
}

describe('combineTracers', () => {
  const caught = useLogging();
  const flows = useRealFlows();
  const seen: string[] = [];

  beforeEach(() => {
    seen.length = 0;
    Scribe.inside = [];
  });

  const Fetch = node('Fetch', (value: number) => value + 1);
  const Price = node(
    'Price',
    async (value: number, ctx: NodeContext) => {
      seen.push(Scribe.inside.join());
      ctx.logger.info('priced');
      ctx.label('order', '4711');
      if (ctx.attempt === 0) throw new RangeError('not yet');
      return ctx.through(bank, () => {
        seen.push(Scribe.inside.join());
        return value;
      });
    },
    { maxRetries: 1, backoffBaseS: 0 },
  );

  async function run(...tracers: FlowTracer[]): Promise<unknown> {
    const providers = [{ token: TRACER, useValue: combineTracers(...tracers) }];
    const flow = await flows.run(line(Fetch, Price), { made: { providers } });
    return flow.call(1);
  }

  const TOLD = [
    ...['trace', 'Fetch0 from nobody after nobody', 'Fetch0 emitted', 'Fetch0 ended'],
    ...[
      'Price0 from Fetch0 after nobody',
      'order=4711',
      'Price0 failed',
      'Price1 from Fetch0 after Price0',
      'order=4711',
    ],
    ...['bank success', 'Price1 emitted', 'Price1 ended', 'end succeeded'],
  ];

  it('R21 tells each what it would be told alone, and hands it its own spans', async () => {
    const [alone, first, second] = [new Scribe('x'), new Scribe('a'), new Scribe('b')];
    await run(alone);
    expect(await run(first, second)).to.equal(2);
    expect(alone.told).to.have.members(TOLD);
    expect(first.told).to.deep.equal(alone.told);
    expect(second.told).to.deep.equal(alone.told);
  });

  it('runs code inside the first, and inside that in the second, functions of dependencies, too', async () => {
    await run(new Scribe('a'), combineTracers(new Scribe('b'), new Scribe('c')));
    expect(seen).to.deep.equal(['a,b,c', 'a,b,c', 'a,b,c,a,b,c']);
  });

  it('puts the log fields of all on a line, and of one name that of the first', async () => {
    await run(new Scribe('a'), new Scribe('b'));
    const [priced] = caught.json.filter((one) => one['message'] === 'priced');
    expect(priced)
      .to.include({ by: 'a', a: priced?.['b'] as string })
      .and.to.have.property('b');
  });

  it('R21 leaves the others alone when one does not follow a run, or fails', async () => {
    const broken: FlowTracer = {
      startTrace: () => {
        throw new RangeError('exporter is gone');
      },
    };
    const [first, last] = [new Scribe('a'), new Scribe('z')];
    expect(await run(first, new Scribe('b', { leavesOut: true }), broken, last)).to.equal(2);
    expect(first.told).to.have.members(TOLD);
    expect(last.told).to.deep.equal(first.told);
    expect(caught.json.filter((one) => one['message'] === 'tracer_error')).to.have.length(1);
  });

  it('follows no run that none of them follows', () => {
    const start = {
      flowName: 'f',
      traceId: 't',
      tenant: 'd',
      meta: {},
      runId: 1,
      kind: 'emit',
      startedMs: 0,
      parentRun: undefined,
      replayOf: undefined,
      labels: {},
    } as const;
    const none = combineTracers(new Scribe('a', { leavesOut: true }), new Scribe('b', { leavesOut: true }));
    expect(none.startTrace(start)).to.equal(undefined);
  });

  for (const [what, tracers] of [
    ['nothing', []],
    ['what is no tracer', [new Scribe('a'), {}]],
    ['null', [null]],
  ] as const) {
    it(`refuses ${what}`, () => {
      const error = thrownBy(() => combineTracers(...(tracers as unknown as FlowTracer[])));
      expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
    });
  }
});
