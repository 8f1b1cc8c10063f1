import 'reflect-metadata';
import { expect } from 'chai';
import { readFile, readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { inject } from 'tsyringe';
import winston, { type Logger } from 'winston';
import { CLOCK, LOGGER, Node, type FlowNode, type NodeContext } from '#src/index.js';
import { configureLogging } from '#src/logging/configure-logging.js';
import { correlate } from '#src/logging/winston/correlate.js';
import { FlowLogger } from '#src/logging/flow-logger/flow-logger.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import { shutdownLogging } from '#src/logging/shutdown-logging.js';
import { ManualClock } from '#src/testing/index.js';
import { line } from '../support/nodes.js';
import { LineCatcher } from '../support/line-catcher.js';
import { useRealFlows, type RealFlowOptions } from './support/real-flows.js';
import { SlowTransport } from './support/slow-transport.js';
import { temporaryFolder } from './support/temporary-folder.js';

const TRACES = 64;
const ROUNDS = 12;

/** A logger of the program that no flow knows of; set up anew for each test. */
let program: Logger;
/** Lines that were written, per sink that must have them. */
let written = { flow: 0, program: 0 };

/** Something far below a node that knows nothing of flows. */
function deepInTheProgram(owner: string): void {
  program.info('deep', { owner, trace_id: 'forged', message: 'forged' });
  written.program++;
}

/** Writes lines in every way there is, at every moment there is. */
abstract class Writer implements FlowNode<number, number> {
  constructor(protected readonly log: Logger) {}

  async process(payload: number, ctx: NodeContext): Promise<number> {
    const owner = `${ctx.traceId} ${ctx.nodeName} ${ctx.attempt} ${ctx.tenant}`;
    for (let round = 0; round < ROUNDS; round++) {
      this.#lines(ctx, owner);
      for (let turns = (payload * 7 + round) % 4; turns > 0; turns--) await turn();
      await Promise.resolve();
      this.#lines(ctx, owner);
      if (round === payload % ROUNDS) await this.#callbacks(ctx, owner);
    }
    // Every eighth message outlives its first attempt.
    if (payload % 8 === 0 && ctx.attempt === 0) {
      while (!ctx.signal.aborted) await turn();
      await turn();
      this.#lines(ctx, owner);
    }
    return payload;
  }

  #lines(ctx: NodeContext, owner: string): void {
    ctx.logger.info('by ctx.logger', { owner, trace_id: 'forged', attempt: 99, message: 'forged' });
    this.log.info('injected', { owner, trace_id: 'forged', node_name: 'forged', message: 'forged' });
    this.log.child({ tenant: 'forged by child', component: 'x' }).info('child', { owner });
    written.flow += 3;
    deepInTheProgram(owner);
  }

  #callbacks(ctx: NodeContext, owner: string): Promise<unknown> {
    const lines = (): void => this.#lines(ctx, owner);
    const called = (start: (done: () => void) => void): Promise<void> =>
      new Promise((resolve) => {
        start(() => {
          lines();
          resolve();
        });
      });
    return Promise.all([
      called((done) => void setTimeout(done, 1)),
      called((done) => void setImmediate(done)),
      called((done) => process.nextTick(done)),
      called((done) => readFile(import.meta.filename, () => done())),
      called((done) => queueMicrotask(done)),
    ]);
  }
}

@Node({ concurrency: TRACES, timeoutS: 0.4, maxRetries: 20, backoffBaseS: 0 })
class First extends Writer {
  constructor(@inject(LOGGER) log: Logger) {
    super(log);
  }
}

@Node({ concurrency: TRACES })
class Second extends Writer {
  constructor(@inject(LOGGER) log: Logger) {
    super(log);
  }
  override process(payload: number, ctx: NodeContext): Promise<number> {
    return super.process(payload * 8 + 1, ctx);
  }
}

/** Lines whose ids are not those of who wrote them. */
function wrongOnes(lines: readonly string[]): string[] {
  return lines.filter((text) => {
    const fields = JSON.parse(text) as Record<string, string | number>;
    const ids = ['trace_id', 'node_name', 'attempt', 'tenant'].map((key) => String(fields[key])).join(' ');
    return ids !== fields['owner'] || fields['flow_name'] !== 'correlated' || fields['node_id'] === undefined;
  });
}

const owned = (lines: readonly string[]): string[] => lines.filter((text) => text.includes('"owner"'));

describe('correlation of a whole flow', function () {
  this.timeout(30_000);
  const flows = useRealFlows();
  const folder = temporaryFolder();
  let own: LineCatcher;

  beforeEach(() => {
    own = new LineCatcher();
    written = { flow: 0, program: 0 };
    program = correlate(
      winston.createLogger({
        format: winston.format.combine(winston.format.splat(), winston.format.timestamp(), winston.format.json()),
        transports: [new winston.transports.Stream({ stream: own })],
      }),
    );
  });

  afterEach(() => shutdownLogging());

  /** 64 traces at once, each of a tenant of its own. */
  async function run({ made = {} }: RealFlowOptions): Promise<void> {
    const clock = new ManualClock();
    const flow = await flows.run(line(First, Second), {
      made: { ...made, providers: [{ token: CLOCK, useValue: clock }, ...(made.providers ?? [])] },
      declared: { name: 'correlated', middlewares: [FlowLogger] },
    });
    let passed = 0;
    flow.on('node_success', ({ nodeName }) => {
      // All that are left now outlive their first attempt.
      if (nodeName === 'First' && ++passed === TRACES - TRACES / 8) void clock.advance(400);
    });
    const results = await Promise.all(
      Array.from({ length: TRACES }, (_, n) => flow.call(n, { tenant: `tenant-${n % 5}` })),
    );
    expect(results).to.have.length(TRACES);
    const { stuckNodes } = await flow.stop();
    expect(stuckNodes).to.deep.equal([]);
    expect(written.flow, 'lines written').to.be.greaterThan(TRACES * 2 * ROUNDS * 6);
  }

  it('R26 R29 64 interleaved traces, the default logger, a file and a slow transport: none wrong, none missing', async () => {
    const file = folder.path('flow.jsonl');
    const slow = new SlowTransport(50);
    configureLogging({ structured: true, destination: { file }, transports: [slow] });
    await run({});
    const inFile = owned(readFileSync(file, 'utf8').split('\n').slice(0, -1));
    for (const lines of [inFile, owned(slow.lines)]) {
      expect(wrongOnes(lines), 'wrong lines').to.deep.equal([]);
      expect(lines, 'lines').to.have.length(written.flow);
    }
    expect(inFile.filter((text) => text.includes('"message":"by ctx.logger"')).length).to.equal(written.flow / 3);
    expect(wrongOnes(owned(own.lines))).to.deep.equal([]);
    expect(own.lines).to.have.length(written.program);
  });

  it("R26 R29 64 interleaved traces, a user's winston logger bound: none wrong, none missing", async () => {
    const caught = new LineCatcher();
    const slow = new SlowTransport(50);
    const logger = winston.createLogger({
      format: winston.format.json(),
      transports: [new winston.transports.Stream({ stream: caught }), slow],
    });
    await run({ made: { providers: [{ token: LOGGER, useValue: logger }] } });
    for (const lines of [owned(caught.lines), owned(slow.lines)]) {
      expect(wrongOnes(lines), 'wrong lines').to.deep.equal([]);
      expect(lines, 'lines').to.have.length(written.flow);
    }
    expect(wrongOnes(owned(own.lines))).to.deep.equal([]);
    expect(own.lines).to.have.length(written.program);
  });

  it('R26 lines of an attempt that timed out keep its number when they come late', async () => {
    const caught = new LineCatcher();
    configureLogging({ structured: true, destination: caught });
    await run({});
    const attempts = owned(caught.lines).map((text) => (JSON.parse(text) as { attempt: number }).attempt);
    const late = attempts.lastIndexOf(0);
    expect(attempts.indexOf(1)).to.be.greaterThan(-1).and.lessThan(late);
    expect(wrongOnes(owned(caught.lines))).to.deep.equal([]);
  });

  it('R26 a line outside of all nodes carries no ids', async () => {
    const caught = new LineCatcher();
    configureLogging({ structured: true, destination: caught });
    await run({});
    getLogger().info('outside');
    expect(caught.last).not.to.have.any.keys('trace_id', 'node_name', 'attempt');
  });
});
