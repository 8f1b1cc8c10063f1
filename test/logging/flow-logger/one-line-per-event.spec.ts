import { expect } from 'chai';
import { LOGGER, type FlowEvent, type NodeContext } from '#src/index.js';
import { configureLogging } from '#src/logging/configure-logging.js';
import { FlowLogger } from '#src/logging/flow-logger/flow-logger.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import { recordAll, type TestFlow } from '../../support/flows.js';
import { failing, line, node, pass } from '../../support/nodes.js';
import { LineCatcher, plainWinston } from '../../support/line-catcher.js';
import { useRealFlows } from '../support/real-flows.js';
import { useLogging } from '../../support/use-logging.js';

/** What tells one event from all others of these tests. */
const eventKey = (event: FlowEvent): string => `${event.traceId}/${event.nodeName}/${event.eventType}/${event.attempt}`;

function lineKeys(caught: LineCatcher): string[] {
  return caught.json
    .filter((one) => one['event'] !== undefined)
    .map((one) => ['trace_id', 'node_name', 'event', 'attempt'].map((key) => String(one[key])).join('/'));
}

describe('exactly one line per event', () => {
  const flows = useRealFlows();
  const caught = useLogging({ level: 'debug' });

  const shaky = failing('Shaky', { times: 1, maxRetries: 1, backoffBaseS: 0 });

  /** Runs some traces, one of them failing, and gives the events that happened. */
  async function exercise(flow: TestFlow): Promise<string[]> {
    const events = recordAll(flow);
    for (const payload of [1, 2, 3]) await flow.call(payload);
    await flow.stop();
    return events.map(eventKey);
  }

  const twice: readonly [string, () => { readonly declared: readonly unknown[]; readonly made: readonly unknown[] }][] =
    [
      ['once', () => ({ declared: [FlowLogger], made: [] })],
      ['as class, twice in one list', () => ({ declared: [FlowLogger, FlowLogger], made: [] })],
      ['as class, in both lists', () => ({ declared: [FlowLogger], made: [FlowLogger] })],
      ['as class and as instance', () => ({ declared: [FlowLogger], made: [new FlowLogger()] })],
      ['as two instances', () => ({ declared: [new FlowLogger()], made: [new FlowLogger()] })],
      [
        'as instances on two loggers of one destination',
        () => ({
          declared: [new FlowLogger(getLogger('a'))],
          made: [new FlowLogger(getLogger('b'))],
        }),
      ],
    ];
  for (const [how, lists] of twice) {
    it(`R24 with FlowLogger attached ${how}`, async () => {
      const { declared, made } = lists();
      const flow = await flows.run(line(pass('A'), shaky), {
        declared: { middlewares: declared as never },
        made: { middlewares: made as never },
      });
      const events = await exercise(flow);
      expect(events).to.have.length(3 * 9);
      expect(lineKeys(caught)).to.deep.equal(events);
    });
  }

  it('R24 with a FlowLogger that is attached while the flow runs, and taken off again', async () => {
    const flow = await flows.run(line(pass('A')), { declared: { middlewares: [FlowLogger] } });
    const extra = flow.use(new FlowLogger());
    await flow.call(1);
    extra.dispose();
    await flow.call(2);
    expect(lineKeys(caught)).to.have.length(8);
    expect(new Set(lineKeys(caught))).to.have.property('size', 8);
  });

  it('R24 with FlowLogger on a flow and on the playbooks that it calls', async () => {
    const inner = flows.declare(line(shaky), { middlewares: [FlowLogger], name: 'inner-one-line' });
    const silent = flows.declare(line(pass('B')), { name: 'inner-without-logger' });
    const outer = node('Outer', async (payload: unknown, ctx: NodeContext) => {
      await ctx.call(silent as never, payload as never);
      return ctx.call(inner as never, payload as never);
    });
    const flow = await flows.run(line(outer), { declared: { middlewares: [FlowLogger] } });
    const events = await exercise(flow);
    // Outer, B and Shaky with its retry, and the beginnings and ends of their runs, three times.
    expect(events).to.have.length(3 * (2 + 2 + 5 + 6));
    expect(lineKeys(caught)).to.deep.equal(events);
  });

  it('R24 with logging configured twice, with the same destination and with another one', async () => {
    const flow = await flows.run(line(pass('A')), { declared: { middlewares: [FlowLogger] } });
    configureLogging({ level: 'debug', structured: true, destination: caught });
    await flow.call(1);
    const other = new LineCatcher();
    configureLogging({ level: 'debug', structured: true, destination: other });
    await flow.call(2);
    expect([lineKeys(caught).length, lineKeys(other).length]).to.deep.equal([4, 4]);
  });

  it("R24 with a user's logger as LOGGER, which FlowLogger and the flow share", async () => {
    const { logger, caught: own } = plainWinston();
    const flow = await flows.run(line(pass('A'), shaky), {
      declared: { middlewares: [FlowLogger] },
      made: { providers: [{ token: LOGGER, useValue: logger }], middlewares: [new FlowLogger(logger.child({ x: 1 }))] },
    });
    const events = await exercise(flow);
    expect(lineKeys(own)).to.deep.equal(events);
    expect(lineKeys(caught)).to.deep.equal([]);
  });
});
