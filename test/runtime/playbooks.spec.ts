import { expect } from 'chai';

import {
  createFlow,
  Flow,
  FlowError,
  Node,
  start,
  type FlowEvent,
  type FlowNode,
  type NodeContext,
} from '#src/index.js';
import { deferred } from '../support/deferred.js';
import { useFlows } from '../support/flows.js';
import { settle } from '../support/settling.js';

let built = 0;
let hold: Promise<void> = Promise.resolve();

@Node()
class Inner implements FlowNode<string, string> {
  constructor() {
    built++;
  }
  async process(text: string, ctx: NodeContext): Promise<string> {
    if (text === 'fail') throw new Error('inner broke');
    await Promise.race([
      hold,
      new Promise((_, reject) => {
        ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason as Error));
      }),
    ]);
    return `${text}/${ctx.traceId}/${ctx.tenant}/${String(ctx.meta['k'])}/${ctx.message.deadlineS ?? 'none'}`;
  }
}

@Flow({ name: 'inner-flow' })
class InnerFlow {
  readonly graph = start(Inner);
}

@Node()
class Outer implements FlowNode<string, string> {
  process(text: string, ctx: NodeContext): Promise<string> {
    return ctx.call(InnerFlow, text);
  }
}

describe('playbooks', () => {
  const bench = useFlows();
  beforeEach(() => {
    built = 0;
    hold = Promise.resolve();
  });

  it('R19 run with the trace id, tenant, meta and deadline of their caller', async () => {
    const flow = await bench.run(start(Outer));
    const answer = await flow.call('x', { traceId: 't1', tenant: 'acme', meta: { k: 1 }, timeoutS: 5 });
    expect(answer).to.equal(`x/t1/acme/1/${bench.clock.now() / 1000 + 5}`);
  });

  it('R19 are observed by the middlewares of their caller, each event once', async () => {
    const events: string[] = [];
    const flow = await bench.run(start(Outer));
    flow.on('*', (event: FlowEvent) => {
      events.push(`${event.flowName}.${event.nodeName}:${event.eventType}`);
    });
    await flow.call('x', { traceId: 't1' });
    const name = flow.name;
    expect(events).to.deep.equal([
      `${name}.null:trace_start`,
      `${name}.Outer:node_start`,
      'inner-flow.null:trace_start',
      'inner-flow.Inner:node_start',
      'inner-flow.Inner:node_success',
      'inner-flow.null:trace_end',
      `${name}.Outer:node_success`,
      `${name}.null:trace_end`,
    ]);
  });

  it('R19 are built once and kept warm', async () => {
    const flow = await bench.run(start(Outer));
    await flow.call('a');
    await flow.call('b');
    expect(built).to.equal(1);
    expect(flow.snapshot().playbooks.map(({ flowName }) => flowName)).to.deep.equal(['inner-flow']);
  });

  it('R16 are cancelled with the trace of their caller', async () => {
    hold = deferred().promise;
    const flow = await bench.run(start(Outer));
    const seen: string[] = [];
    const reached = deferred();
    flow.on('*', (event: FlowEvent) => {
      seen.push(`${event.flowName}:${event.eventType}`);
      if (event.nodeName === 'Inner') reached.resolve();
    });
    const answer = flow.call('x', { traceId: 't1' }).catch((reason: unknown) => reason);
    await reached.promise;
    expect(flow.cancel('t1')).to.equal(true);
    expect(FlowError.is(await answer, 'TRACE_CANCELLED')).to.equal(true);
    expect(seen).to.include('inner-flow:node_trace_cancelled');
    expect(flow.snapshot().playbooks[0]?.traces).to.equal(0);
  });

  it('R16 each run that ends with a cancel has one start and one finish, that of the playbook under its own flow name', async () => {
    hold = deferred().promise;
    const flow = await bench.run(start(Outer));
    const seen: string[] = [];
    const reached = deferred();
    flow.on('*', ({ flowName, eventType, traceId }) => {
      if (eventType.startsWith('trace_cancel'))
        seen.push(`${flowName === flow.name ? 'outer' : flowName} ${eventType} ${traceId}`);
      if (flowName === 'inner-flow' && eventType === 'node_start') reached.resolve();
    });
    const answer = flow.call('x', { traceId: 't1' }).catch(() => {});
    await reached.promise;
    flow.cancel('t1');
    await answer;
    await settle();
    expect(seen.toSorted()).to.deep.equal([
      'inner-flow trace_cancel_finish t1',
      'inner-flow trace_cancel_start t1',
      'outer trace_cancel_finish t1',
      'outer trace_cancel_start t1',
    ]);
    expect([seen[0], seen.at(-1)]).to.deep.equal(['outer trace_cancel_start t1', 'outer trace_cancel_finish t1']);
  });

  it('R14 a failure inside is what the calling node threw', async () => {
    const flow = await bench.run(start(Outer));
    const error = (await flow.call('fail').catch((reason: unknown) => reason)) as FlowError;
    expect(error).to.include({ code: 'NODE_EXCEPTION', nodeName: 'Outer' });
    expect(error.cause).to.include({ code: 'NODE_EXCEPTION', nodeName: 'Inner' });
  });

  it('R13 timeoutS bounds the playbook', async () => {
    hold = deferred().promise;
    @Node()
    class Hasty implements FlowNode<string, string> {
      process(text: string, ctx: NodeContext): Promise<string> {
        return ctx.call(InnerFlow, text, { timeoutS: 2 });
      }
    }
    const flow = await bench.run(start(Hasty));
    const answer = flow.call('x').catch((reason: unknown) => reason);
    await bench.clock.advance(2_000);
    const error = (await answer) as FlowError;
    expect(error.cause).to.include({ code: 'DEADLINE_EXCEEDED' });
  });

  it('R8 stop with their caller', async () => {
    const flow = await bench.run(start(Outer));
    await flow.call('x');
    await flow.stop();
    expect(flow.snapshot().playbooks).to.deep.equal([]);
  });

  it('R19 see the services of the calling flow', async () => {
    class Rate {
      constructor(readonly value: number) {}
    }
    @Node()
    class Priced implements FlowNode<number, number> {
      constructor(readonly rate: Rate) {}
      process(amount: number): number {
        return amount * this.rate.value;
      }
    }
    @Flow({ name: 'priced-flow' })
    class PricedFlow {
      readonly graph = start(Priced);
    }
    @Node()
    class Ask implements FlowNode<number, number> {
      process(amount: number, ctx: NodeContext): Promise<number> {
        return ctx.call(PricedFlow, amount);
      }
    }
    @Flow({ name: 'asking-flow' })
    class Asking {
      readonly graph = start(Ask);
    }
    await using flow = createFlow(Asking, { providers: [{ token: Rate, useValue: new Rate(3) }] });
    flow.on('node_failed', () => {});
    await flow.run();
    expect(await flow.call(14)).to.equal(42);
  });

  it('refuse a class without @Flow, naming it', async () => {
    class Plain {
      readonly graph = start(Inner);
    }
    @Node()
    class Ask implements FlowNode<string, string> {
      process(text: string, ctx: NodeContext): Promise<string> {
        return ctx.call(Plain, text);
      }
    }
    const flow = await bench.run(start(Ask));
    const error = (await flow.call('x').catch((reason: unknown) => reason)) as FlowError;
    expect(error.cause).to.include({ code: 'FLOW_NOT_DECORATED', message: 'Plain has no @Flow of its own' });
  });
});
