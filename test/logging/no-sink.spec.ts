import { expect } from 'chai';
import { LOGGER } from '#src/index.js';
import { configureLogging } from '#src/logging/configure-logging.js';
import { FlowLogger } from '#src/logging/flow-logger/flow-logger.js';
import { shutdownLogging } from '#src/logging/shutdown-logging.js';
import { line, node, pass } from '../support/nodes.js';
import { settle } from '../support/settling.js';
import { LineCatcher, plainWinston } from '../support/line-catcher.js';
import { catchWarnings } from '../support/warning-catcher.js';
import { useRealFlows, type RealFlowOptions } from './support/real-flows.js';

describe('a flow without a sink', () => {
  const flows = useRealFlows();
  const warnings = catchWarnings('PENGUIFLOW_NO_SINK');

  afterEach(() => shutdownLogging());

  async function warned(options: RealFlowOptions = {}): Promise<string[]> {
    await flows.run(line(pass('A')), options);
    await settle();
    return warnings.map(({ message }) => message);
  }

  it('R24 says so once, at run(), and how to get one', async () => {
    const said = await warned({ declared: { name: 'without-sink' } });
    expect(said).to.have.length(1);
    expect(said[0]).to.match(/^Flow "without-sink" runs without a sink: .*configureLogging.*forRoot\(\{ logging \}\)/);
    expect(warnings[0]).to.have.property('name', 'PenguiFlowWarning');
    await flows.stopAll();
    expect(await warned({ declared: { name: 'without-sink' } })).to.have.length(1);
  });

  it('R24 says nothing before run()', async () => {
    flows.make(line(pass('A')));
    await settle();
    expect(warnings).to.deep.equal([]);
  });

  it('R24 says so although FlowLogger is attached, while logging is not configured', async () => {
    expect(await warned({ declared: { middlewares: [FlowLogger] } })).to.have.length(1);
  });

  it('R24 the playbook of a flow with a listener has a sink', async () => {
    const inner = flows.declare(line(pass('B')));
    const outer = node('Outer', (payload: unknown, ctx) => ctx.call(inner as never, payload as never));
    const flow = await flows.run(line(outer), { made: { middlewares: [() => {}] } });
    await flow.call(1);
    await settle();
    expect(warnings).to.deep.equal([]);
  });

  const sinks: readonly [string, () => RealFlowOptions | void][] = [
    ['logging is configured', () => configureLogging({ destination: new LineCatcher() })],
    ["its level is 'silent'", () => configureLogging({ level: 'silent', destination: new LineCatcher() })],
    ["a user's logger is bound", () => ({ made: { providers: [{ token: LOGGER, useValue: plainWinston().logger }] } })],
    [
      'FlowLogger writes to a logger of the user',
      () => ({ made: { middlewares: [new FlowLogger(plainWinston().logger)] } }),
    ],
    ['a function listens', () => ({ made: { middlewares: [() => {}] } })],
  ];
  for (const [what, sink] of sinks) {
    it(`R24 says nothing when ${what}`, async () => {
      expect(await warned(sink() ?? {})).to.deep.equal([]);
    });
  }
});
