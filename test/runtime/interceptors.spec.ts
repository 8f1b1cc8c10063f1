import { IsPositive } from 'class-validator';
import { expect } from 'chai';
import { container, injectable } from 'tsyringe';
import {
  createFlow,
  Flow,
  FLOW_LOG,
  Message,
  NonRetryableError,
  type AnyProvider,
  type CreateFlowOptions,
  type InterceptorRef,
  type NextInvocation,
  type NodeInterceptor,
  type NodeInvocation,
  type PenguiFlow,
} from '#src/index.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';
import { FlowBench } from '../support/flows.js';
import { failing, line, node, pass } from '../support/nodes.js';
import { thrownBy } from '../support/thrown-by.js';
import { failureOf } from '../validation/support/failure-of.js';

/** An interceptor around a function. */
function around(intercept: NodeInterceptor['intercept']): NodeInterceptor {
  return { intercept };
}

/** Writes down when an invocation passes it, in and out. */
function tracer(name: string, steps: string[]): NodeInterceptor {
  return around(async (_, next) => {
    steps.push(`${name} in`);
    try {
      return await next();
    } finally {
      steps.push(`${name} out`);
    }
  });
}

describe('interceptors', () => {
  const bench = new FlowBench();
  let flows: PenguiFlow<unknown>[] = [];
  let made = 0;
  beforeEach(() => bench.reset());
  afterEach(async () => {
    await bench.stopAll();
    await Promise.all(flows.map(async (flow) => flow.stop()));
    flows = [];
  });

  /** A flow made with `createFlow`'s own list. */
  function make(
    graph: FlowGraph,
    ofFlow: readonly InterceptorRef[],
    options: CreateFlowOptions<readonly AnyProvider[]>,
  ): PenguiFlow<unknown> {
    class Wrapped {
      readonly graph = graph;
    }
    Flow({ name: `wrapped-${++made}`, interceptors: ofFlow })(Wrapped);
    const providers = [{ token: FLOW_LOG, useValue: bench.log }, ...(options.providers ?? [])];
    const flow = createFlow(Wrapped, { ...options, providers }) as unknown as PenguiFlow<unknown>;
    flows.push(flow);
    return flow;
  }

  it('run from the outermost to the innermost: createFlow, flow, node, then validation and process', async () => {
    const steps: string[] = [];
    class Checked {
      get amount(): number {
        return 1;
      }
      @IsPositive() get checked(): number {
        steps.push('validation');
        return 1;
      }
    }
    const process = (payload: unknown): unknown => {
      steps.push('process');
      return payload;
    };
    const wrapped = node('Node', process, { input: Checked, interceptors: [tracer('node', steps)] });
    const flow = make(line(wrapped), [tracer('flow', steps), tracer('flow2', steps)], {
      interceptors: [tracer('call', steps)],
    });
    await flow.run();
    await flow.call({});
    expect(steps).to.deep.equal([
      'call in',
      'flow in',
      'flow2 in',
      'node in',
      'validation',
      'process',
      'node out',
      'flow2 out',
      'flow out',
      'call out',
    ]);
  });

  it('of a flow are around every node, those of a node around it alone', async () => {
    const seen: string[] = [];
    const names = (tag: string): NodeInterceptor =>
      around(async ({ nodeName, flowName, context }, next) => {
        seen.push(`${tag} ${nodeName}`);
        expect(flowName).to.equal(context.flowName);
        return next();
      });
    const graph = line(pass('A'), pass('B', { interceptors: [names('node')] }));
    const flow = await bench.run(graph, { interceptors: [names('flow')] });
    await flow.call(1);
    expect(seen).to.deep.equal(['flow A', 'flow B', 'node B']);
  });

  it('see payload, context and outcome, and can replace both payload and outcome', async () => {
    const seen: unknown[] = [];
    const change = around(async (invocation, next) => {
      seen.push(invocation.payload, invocation.context.tenant, invocation.context.attempt);
      const outcome = await next(invocation.with({ payload: 'changed' }));
      seen.push(outcome);
      return `${String(outcome)} twice`;
    });
    const flow = await bench.run(line(node('Node', async (payload) => payload, { interceptors: [change] })));
    expect(await flow.call('given', { tenant: 'acme' })).to.equal('changed twice');
    expect(seen).to.deep.equal(['given', 'acme', 0, 'changed']);
  });

  it('R15 replaced payloads are validated, replaced outcomes are not', async () => {
    class Amount {
      @IsPositive() n!: number;
    }
    const bad = { n: -1 };
    const replaceInput = around(async (invocation, next) => next(invocation.with({ payload: bad })));
    const replaceOutput = around(async (_, next) => {
      await next();
      return bad;
    });
    const input = await bench.run(line(pass('In', { input: Amount, interceptors: [replaceInput] })));
    expect((await failureOf(input.call({ n: 1 }))).code).to.equal('VALIDATION_FAILED');
    const output = await bench.run(line(pass('Out', { output: Amount, interceptors: [replaceOutput] })));
    expect(await output.call({ n: 1 })).to.equal(bad);
  });

  it('can answer themselves without calling next', async () => {
    let calls = 0;
    const cache = around(async () => 'cached');
    const flow = await bench.run(line(node('Node', () => calls++, { interceptors: [cache] })));
    expect(await flow.call(1)).to.equal('cached');
    expect(calls).to.equal(0);
  });

  it('R2 hand on whatever process may return: a Message, a stream, nothing', async () => {
    const asIs = around(async (_, next) => next());
    const message = node('Message', (_, ctx) => ctx.message.with({ payload: 1, meta: { a: 1 } }), {
      interceptors: [asIs],
    });
    const stream = node(
      'Stream',
      async function* () {
        yield 1;
        yield 2;
      },
      { interceptors: [asIs] },
    );
    const nothing = node('Nothing', () => undefined, { interceptors: [asIs] });
    const first = await bench.run(line(message));
    expect((await first.fetchMessage({ traceId: await first.emit(0) })).meta).to.deep.equal({ a: 1 });
    const second = await bench.run(line(stream));
    const traceId = await second.emit(0);
    expect([await second.fetch({ traceId }), await second.fetch({ traceId })]).to.deep.equal([1, 2]);
    const third = await bench.run(line(nothing));
    expect((await failureOf(third.call(0))).code).to.equal('NO_RESULT');
  });

  it('R10 what they throw is an error of the attempt, and each attempt passes them again', async () => {
    let tries = 0;
    const flaky = around(async (_, next) => {
      if (tries++ < 2) throw new Error('not yet');
      return next();
    });
    const flow = await bench.run(line(pass('Node', { interceptors: [flaky], maxRetries: 2, backoffBaseS: 0 })));
    expect(await flow.call(1)).to.equal(1);
    expect(tries).to.equal(3);
  });

  it('R10 refuse for good with a NonRetryableError', async () => {
    let tries = 0;
    const refuse = around(async ({ context }) => {
      tries++;
      throw new NonRetryableError(`${context.tenant} may not`);
    });
    const flow = await bench.run(line(pass('Node', { interceptors: [refuse], maxRetries: 5 })));
    const error = await failureOf(flow.call(1, { tenant: 'acme' }));
    expect(error.message).to.contain('acme may not');
    expect(tries).to.equal(1);
  });

  it('see the error of process, one that is thrown before a promise too, and may turn it into a result', async () => {
    const rescue = around(async (_, next) => next().catch((error: unknown) => (error as Error).message));
    const flow = await bench.run(line(failing('Node', { error: new Error('broken'), interceptors: [rescue] })));
    expect(await flow.call(1)).to.equal('broken');
  });

  it('R10 call next at most once: the second call is an error that is not retried', async () => {
    let runs = 0;
    let tries = 0;
    const again = around(async (_, next) => {
      tries++;
      await next();
      return next();
    });
    const flow = await bench.run(line(node('Node', () => ++runs, { interceptors: [again], maxRetries: 3 })));
    const error = await failureOf(flow.call(1));
    expect(error.code).to.equal('NEXT_CALLED_TWICE');
    expect(error.message).to.equal('An interceptor of node "Node" called `next` twice in attempt 0');
    expect(error.hint).to.contain('maxRetries');
    expect([runs, tries]).to.deep.equal([1, 1]);
  });

  it('may ignore what next rejects with, without an unhandled rejection', async () => {
    const careless = around(async (_, next) => {
      void next();
      return 'fine';
    });
    const broken = node('Node', async () => Promise.reject(new Error('broken')), { interceptors: [careless] });
    const flow = await bench.run(line(broken));
    expect(await flow.call(1)).to.equal('fine');
    await new Promise(setImmediate);
  });

  it('R11 run inside the attempt: its timeout bounds them, and process does not start afterwards', async () => {
    let goOn: () => void = () => {};
    let late: unknown;
    let calls = 0;
    const slow = around(async (_, next) => {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      late = await failureOf(next());
      return 1;
    });
    const flow = await bench.run(line(node('Node', () => calls++, { interceptors: [slow], timeoutS: 1 })));
    const failed = failureOf(flow.call(1));
    await bench.clock.advance(1_100);
    expect((await failed).code).to.equal('NODE_TIMEOUT');
    goOn();
    await new Promise(setImmediate);
    expect(late).to.have.property('code', 'ATTEMPT_ENDED');
    expect(calls).to.equal(0);
  });

  it('are built by the container, once per flow, with their own services', async () => {
    class Ledger {
      readonly names: string[] = [];
    }
    let built = 0;
    @injectable()
    class Count implements NodeInterceptor {
      constructor(private readonly ledger: Ledger) {
        built++;
      }
      async intercept(invocation: NodeInvocation, next: NextInvocation): Promise<unknown> {
        this.ledger.names.push(invocation.nodeName);
        return next();
      }
    }
    const ledger = new Ledger();
    const flow = make(line(pass('A', { interceptors: [Count] }), pass('B', { interceptors: [Count] })), [Count], {
      container: container.createChildContainer(),
      providers: [{ token: Ledger, useValue: ledger }],
    });
    await flow.run();
    await flow.call(1);
    expect(built).to.equal(1);
    // Listed for the flow and for the nodes, it runs once for each node.
    expect(ledger.names).to.deep.equal(['A', 'B']);
  });

  it('R9 are started before the nodes and stopped after them', async () => {
    const steps: string[] = [];
    const pool: NodeInterceptor = {
      intercept: async (_, next) => next(),
      onFlowStart: () => void steps.push('pool start'),
      onFlowStop: () => void steps.push('pool stop'),
    };
    const hooks = { onFlowStart: () => void steps.push('node start'), onFlowStop: () => void steps.push('node stop') };
    const wrapped = node('Node', (payload) => payload, { ...hooks, interceptors: [pool] });
    const flow = await bench.run(line(wrapped), { interceptors: [pool] });
    await flow.stop();
    expect(steps).to.deep.equal(['pool start', 'node start', 'node stop', 'pool stop']);
  });

  it('are refused when they are none', () => {
    class Nothing {}
    for (const wrong of [[Nothing], [{}], 'x']) {
      const error = thrownBy(() => make(line(pass('A')), [], { interceptors: wrong as never }));
      expect(error.code).to.equal('INVALID_OPTION');
      expect(error.message).to.contain('interceptors');
    }
  });

  it('leave a Message that enters the flow as the context has it', async () => {
    const seen: unknown[] = [];
    const look = around(async (invocation, next) => {
      seen.push(invocation.payload, invocation.context.message.payload);
      return next();
    });
    const flow = await bench.run(line(pass('A', { interceptors: [look] })));
    await flow.call(new Message('x'));
    expect(seen).to.deep.equal(['x', 'x']);
  });
});
