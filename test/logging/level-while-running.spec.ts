import { expect } from 'chai';
import { CLOCK, EVENT_LOGGER, SystemClock, type NodeContext } from '#src/index.js';
import { configureLogging, setLogLevel } from '#src/logging/configure-logging.js';
import { FlowLogger } from '#src/logging/flow-logger/flow-logger.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import type { LoggingLevel } from '#src/logging/lines/logging-level.js';
import { shutdownLogging } from '#src/logging/shutdown-logging.js';
import { line, node, pass } from '../support/nodes.js';
import { plainWinston } from '../support/line-catcher.js';
import { useRealFlows } from './support/real-flows.js';
import { useLogging } from '../support/use-logging.js';

/** Every event that is built asks for the time once. */
class CountingClock extends SystemClock {
  asked = 0;

  override now(): number {
    this.asked++;
    return super.now();
  }
}

describe('a level that changes while flows run', () => {
  const flows = useRealFlows();
  const caught = useLogging({ level: 'info' });

  const eventsSince = (from: number): unknown[] => caught.json.slice(from).map((one) => one['event']);

  it('R23 R25 decides from the next event on, and back', async () => {
    const flow = await flows.run(line(pass('A')), { declared: { middlewares: [FlowLogger] } });
    const seen: [LoggingLevel, unknown[]][] = [];
    for (const level of ['info', 'debug', 'warn', 'silent', 'debug', 'info'] as const) {
      const from = caught.lines.length;
      setLogLevel(level);
      await flow.call(1);
      seen.push([level, eventsSince(from)]);
    }
    expect(seen).to.deep.equal([
      ['info', ['trace_start', 'node_success', 'trace_end']],
      ['debug', ['trace_start', 'node_start', 'node_success', 'trace_end']],
      ['warn', []],
      ['silent', []],
      ['debug', ['trace_start', 'node_start', 'node_success', 'trace_end']],
      ['info', ['trace_start', 'node_success', 'trace_end']],
    ]);
  });

  it('R23 the level of the logger object and a new configuration count as well', async () => {
    const flow = await flows.run(line(pass('A')), { declared: { middlewares: [FlowLogger] } });
    getLogger().level = 'debug';
    await flow.call(1);
    configureLogging({ level: 'error', structured: true, destination: caught });
    await flow.call(1);
    await shutdownLogging();
    await flow.call(1);
    configureLogging({ level: 'debug', structured: true, destination: caught });
    await flow.call(1);
    const one = ['trace_start', 'node_start', 'node_success', 'trace_end'];
    expect(eventsSince(0)).to.deep.equal([...one, ...one]);
  });

  it('R23 reaches playbooks that run, by the FlowLogger of the flow or by one of their own', async () => {
    for (const own of [[], [FlowLogger]]) {
      const inner = flows.declare(line(pass('Inner')), { middlewares: own });
      const outer = node('Outer', (payload: unknown, ctx: NodeContext) => ctx.call(inner as never, payload as never));
      const flow = await flows.run(line(outer), { declared: { middlewares: [FlowLogger] } });
      setLogLevel('warn');
      await flow.call(1);
      const from = caught.lines.length;
      setLogLevel('debug');
      await flow.call(1);
      expect(eventsSince(from)).to.deep.equal([
        'trace_start',
        'node_start',
        'trace_start',
        'node_start',
        'node_success',
        'trace_end',
        'node_success',
        'trace_end',
      ]);
      await flow.stop();
    }
  });

  it('R21 R25 an event whose line nobody writes is not built', async () => {
    const timesAsked = async (level: LoggingLevel, middlewares: readonly object[]): Promise<number> => {
      const clock = new CountingClock();
      setLogLevel(level);
      const flow = await flows.run(line(pass('A'), pass('B')), {
        made: { middlewares, providers: [{ token: CLOCK, useValue: clock }] },
      });
      for (let n = 0; n < 10; n++) await flow.call(n);
      return clock.asked;
    };
    const bare = await timesAsked('debug', []);
    expect(await timesAsked('error', [new FlowLogger()])).to.equal(bare);
    expect(await timesAsked('silent', [new FlowLogger()])).to.equal(bare);
    // Only the end of a run itself tells whether its line is one of that level.
    expect(await timesAsked('warn', [new FlowLogger()])).to.equal(bare + 10);
    expect(await timesAsked('info', [new FlowLogger()])).to.equal(bare + 40);
    expect(await timesAsked('debug', [new FlowLogger()])).to.equal(bare + 60);
  });

  it('R25 latencies and failures are wanted whatever the level is', () => {
    setLogLevel('error');
    const wanted = (logger: FlowLogger): string[] => {
      const { types = [], wants } = logger.subscription();
      return types.filter((type) => wants?.(type));
    };
    expect(wanted(new FlowLogger())).to.deep.equal(['node_failed', 'dead_letter']);
    expect(wanted(new FlowLogger(undefined, { onLatency: () => {} }))).to.include('node_success');
    expect(wanted(new FlowLogger(undefined, { recordTraces: 1 }))).to.include.members(['trace_start', 'trace_end']);
  });

  it("R23 a user's logger is asked per event, because it changes its level without a word", async () => {
    const { logger, caught: own } = plainWinston('info');
    const flow = await flows.run(line(pass('A')), {
      declared: { middlewares: [FlowLogger] },
      made: { providers: [{ token: EVENT_LOGGER, useValue: logger }] },
    });
    await flow.call(1);
    logger.level = 'debug';
    await flow.call(1);
    const events = own.json.map((one) => one['event']);
    const one = ['node_success', 'trace_end'];
    expect(events).to.deep.equal(['trace_start', ...one, 'trace_start', 'node_start', ...one]);
  });

  it('R21 whoever stopped listening is told of no change', () => {
    let changes = 0;
    const end = new FlowLogger().subscription().onInterestChange?.(() => changes++);
    setLogLevel('debug');
    setLogLevel('debug');
    end?.();
    setLogLevel('warn');
    expect(changes).to.equal(1);
  });
});
