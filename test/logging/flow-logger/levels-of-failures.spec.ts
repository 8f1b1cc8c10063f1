import 'reflect-metadata';
import { expect } from 'chai';
import { IsString } from 'class-validator';
import { FlowLogger } from '#src/logging/flow-logger/flow-logger.js';
import type { FlowLoggerOptions } from '#src/logging/flow-logger/flow-logger-options.js';
import { FLOW_LOGGER_OPTIONS } from '#src/logging/flow-logger/tokens.js';
import { Flow, type FlowError, type NodeContext } from '#src/index.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';
import { useFlows } from '../../support/flows.js';
import { held, line, node } from '../../support/nodes.js';
import { useLogging } from '../../support/use-logging.js';

class Order {
  @IsString() sku!: string;
}

const boom = (): never => {
  throw new Error('boom');
};

describe('levels of failures', () => {
  const caught = useLogging({ level: 'debug' });

  const bench = useFlows();

  /** Level and event of each line that a call of the flow leaves, but for beginnings of attempts. */
  async function linesOf(graph: FlowGraph, payload: unknown, options: FlowLoggerOptions = {}): Promise<string[]> {
    const providers = [{ token: FLOW_LOGGER_OPTIONS, useValue: options }] as const;
    const flow = await bench.run(graph, { middlewares: [FlowLogger], providers });
    await flow.call(payload, { timeoutS: 5 }).catch(() => {});
    await flow.stop();
    return caught.json
      .filter(({ message }) => message !== 'node_start')
      .map(({ level, message }) => `${String(level)} ${String(message)}`);
  }

  it('R25 a failure is one error line, whatever its attempts: those are warnings', async () => {
    const flow = line(node('A', boom, { maxRetries: 1, backoffBaseS: 0 }));
    expect(await linesOf(flow, 1)).to.deep.equal([
      'info trace_start',
      'warn node_error',
      'info node_retry',
      'warn node_error',
      'error node_failed',
      'warn trace_end',
    ]);
  });

  it('R25 what came in and is invalid is one warning: that of its end, which says where and why', async () => {
    const flow = line(node('A', (order: Order) => order.sku, { input: Order }));
    expect(await linesOf(flow, { sku: 5 })).to.deep.equal([
      'info trace_start',
      'debug node_error',
      'debug node_failed',
      'warn trace_end',
    ]);
    expect(caught.last).to.include({ status: 'rejected', error_code: 'VALIDATION_FAILED', error_node: 'A' });
    expect(caught.last).to.deep.include({ error_paths: ['sku'] });
    expect(caught.last).not.to.have.property('error');
  });

  it('R25 what a node in the middle, or a result, has wrong is no fault of whoever sent the message', async () => {
    const flow = line(
      node('A', () => ({ sku: 5 })),
      node('B', (order: Order) => order.sku, { input: Order }),
    );
    expect(await linesOf(flow, 1)).to.include.members(['warn node_error', 'error node_failed']);
  });

  it('R25 what is invalid keeps its lines where the end has none', async () => {
    const flow = line(node('A', (order: Order) => order.sku, { input: Order }));
    const lines = await linesOf(flow, { sku: 5 }, { levels: { trace_end: 'off' } });
    expect(lines).to.deep.equal(['info trace_start', 'warn node_error', 'error node_failed']);
  });

  for (const options of [
    { levels: { trace_end: 'debug' } },
    { levels: { trace_end: 'info' } },
    { sample: { trace_end: 0 } },
    { sample: { trace_end: 0.5 }, recordTraces: 10 },
  ] satisfies FlowLoggerOptions[]) {
    it(`R25 what is invalid keeps its lines where the end may not be seen: ${JSON.stringify(options)}`, async () => {
      const flow = line(node('A', (order: Order) => order.sku, { input: Order }));
      const lines = await linesOf(flow, { sku: 5 }, options);
      expect(lines).to.include.members(['warn node_error', 'error node_failed']);
    });
  }

  it('R25 the failure of a playbook is a warning: its caller decides', async () => {
    @Flow()
    class Inner {
      readonly graph = line(node('Inner', boom));
    }
    const mended = (given: unknown, ctx: NodeContext) => ctx.call(Inner, given).catch(() => 'mended');
    const outer = line(node('Outer', mended));
    expect(await linesOf(outer, 1)).to.include.members(['warn node_error', 'warn node_failed', 'info trace_end']);
    expect(caught.json.filter(({ level }) => level === 'error')).to.deep.equal([]);
    const failed = caught.json.find(({ message }) => message === 'node_failed');
    const began = caught.json.find(({ message, kind }) => message === 'trace_start' && kind === 'playbook');
    expect(failed?.['parent_run']).to.equal(began?.['parent_run']);
  });

  it('R25 a failure for want of time is a warning', async () => {
    const { node: late, calls } = held('A');
    const flow = await bench.run(line(late), { middlewares: [FlowLogger] });
    const answer = flow.call(1, { timeoutS: 5 }).then(
      () => 'none',
      (error: unknown) => (error as FlowError).code,
    );
    await bench.clock.advance(5_000);
    expect(await answer).to.equal('DEADLINE_EXCEEDED');
    expect(calls).to.have.length(1);
    const lines = caught.json.map(({ level, message }) => `${String(level)} ${String(message)}`);
    expect(lines.filter((each) => each.startsWith('error'))).to.deep.equal([]);
    expect(lines).to.include.members(['warn node_failed', 'warn trace_end']);
  });

  it('R25 what a user says of a level holds for all of that type', async () => {
    const flow = line(node('A', (order: Order) => order.sku, { input: Order }));
    const lines = await linesOf(
      flow,
      { sku: 5 },
      { levels: { node_failed: 'info', node_error: 'error', trace_end: 'debug' } },
    );
    expect(lines).to.deep.equal(['info trace_start', 'error node_error', 'info node_failed', 'debug trace_end']);
  });
});
