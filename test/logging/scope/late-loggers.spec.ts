import { expect } from 'chai';
import { setImmediate as turn } from 'node:timers/promises';
import { runProgram } from '../support/child-program.js';

const INDEX = new URL('../../../src/index.js', import.meta.url).href;

/** A flow whose node asks for its logger when it runs; the promise of the whole process has not seen any before. */
function flowOf(setUp: string, inNode: string, providers = '[]'): string {
  return `
    const winston = (await import('winston')).default;
    const { correlate, createFlow, Flow, FlowLogger, LOGGER, Node, start } = await import('${INDEX}');
    const plain = () => winston.createLogger({ transports: [new winston.transports.Stream({ stream: process.stdout })] });
    let own;
    class Work { async process(n, ctx) { await ${inNode}; return n; } }
    Node()(Work);
    class Works { graph = start(Work); }
    Flow()(Works);
    ${setUp};
    const flow = createFlow(Works, { providers: ${providers} });
    await flow.run();
    await flow.call(1, { traceId: 't-1' });
    await flow.stop();
    await shutdownLogging();`;
}

const LATE = `(async () => {
  const log = getLogger('late');
  log.info('at once');
  await new Promise((resolve) => { setImmediate(resolve); });
  log.info('later');
  (own ??= correlate(plain())).info('own');
})()`;

async function linesOf(code: string): Promise<Record<string, unknown>[]> {
  const { code: exit, stdout, stderr } = await runProgram(code);
  expect({ exit, stderr: stderr.replace(/^.*PENGUIFLOW_NO_SINK[^]*$/, '') }).to.deep.equal({ exit: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((text) => JSON.parse(text) as Record<string, unknown>);
}

describe('loggers that are asked for inside a node, for the first time in the process', () => {
  it('R26 have the ids at once, where logging is configured', async () => {
    const lines = await linesOf(flowOf('configureLogging({ structured: true })', LATE));
    expect(lines.map((line) => [line['message'], line['trace_id'], line['node_name']])).to.deep.equal([
      ['at once', 't-1', 'Work'],
      ['later', 't-1', 'Work'],
      ['own', 't-1', 'Work'],
    ]);
  });

  it('R26 and where it is configured after the flow runs', async () => {
    const code = flowOf('', LATE).replace(
      'await flow.run();',
      'await flow.run(); configureLogging({ structured: true });',
    );
    expect((await linesOf(code)).map((line) => line['trace_id'])).to.deep.equal(['t-1', 't-1', 't-1']);
  });

  it('R26 and where a logger is bound', async () => {
    const late = `correlate(plain()).info('late')`;
    const lines = await linesOf(flowOf('', late, '[{ token: LOGGER, useValue: plain() }]'));
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.include({ message: 'late', trace_id: 't-1' });
  });

  it('R26 correlation: false leaves the async context alone: only ctx.logger and events have the ids', async () => {
    const inNode = `(getLogger('x').info('one'), ctx.logger.info('two'), undefined)`;
    const lines = await linesOf(flowOf('configureLogging({ structured: true, correlation: false })', inNode));
    expect(lines.map((line) => [line['message'], line['trace_id']])).to.deep.equal([
      ['one', undefined],
      ['two', 't-1'],
    ]);
    await turn();
  });
});
