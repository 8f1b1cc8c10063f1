import { expect } from 'chai';
import { Flow, FlowError, start, type FlowPort } from '#src/index.js';
import { connectFlow, Distributed, memoryCarrier, queue, serveFlow } from '#src/distributed/index.js';
import { heapAfterGc } from '../../support/heap-after-gc.js';
import { failing, pass } from '../../support/nodes.js';
import { codeOf, failureOf, isPending, settle } from '../../support/settling.js';
import { useClients } from './support/client-bench.js';

const Parse = pass('Parse');
const Score = pass('Score');

describe('connectFlow', () => {
  const bench = useClients();
  const graph = start(Parse).to(Score);

  it('D1 makes no node: the class says what the flow is like', async () => {
    class Never {
      constructor() {
        throw new Error('made');
      }
      process(): number {
        return 1;
      }
    }
    const Made = failing('Made');
    Object.setPrototypeOf(Never, Made);
    const { client } = await bench.connect(start(Made).to(Score), { distributed: { groups: { io: [Made] } } });
    expect(client.plan.nodes.map(({ name }) => name)).to.deep.equal(['Made', 'Score']);
    const port: FlowPort<unknown> = client;
    expect(port.name).to.equal(client.name);
    expect(client.health()).to.deep.equal({ ready: true, state: 'running', carrier: { state: 'up' } });
  });

  it('D26 has the engine fit the plan, or only looks at it', async () => {
    const { client, flowClass } = await bench.connect(graph);
    expect((await client.lag()).map((each) => each.queue)).to.deep.equal(['Parse']);
    await bench.another(flowClass, { provision: 'verify' });
    class Fresh {
      readonly graph = graph;
    }
    Flow({ name: 'fresh' })(Fresh);
    Distributed()(Fresh);
    expect(await codeOf(connectFlow(Fresh, { carrier: bench.carrier, provision: 'verify' }))).to.equal('PLAN_CHANGED');
  });

  it('D34 says what waits in the queues', async () => {
    const { client } = await bench.connect(graph, {
      distributed: { groups: { cpu: [Score] }, queues: [queue(Score, { bound: 5 })] },
      takes: false,
    });
    await client.emit(1);
    await bench.clock.advance(2_500);
    await client.emit(2);
    expect(await client.lag()).to.deep.equal([
      { queue: 'Parse', pending: 2, unacked: 0, oldestS: 2.5, dead: 0 },
      { queue: 'Score', pending: 0, unacked: 0, oldestS: undefined, dead: 0 },
    ]);
  });

  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    [
      'without options',
      undefined,
      /Expected `options` of connectFlow\(Docs\) to be an object with `carrier`, got undefined/,
    ],
    ['without a carrier', {}, /Expected `carrier` of connectFlow\(Docs\) to be a carrier/],
    ['with a client id that would break its roots', { carrier: memoryCarrier(), clientId: 'a-b' }, /`clientId`/],
    ['with a way to provision that is none', { carrier: memoryCarrier(), provision: 'force' }, /`provision`/],
    [
      'with an option that nobody knows',
      { carrier: memoryCarrier(), groups: ['cpu'] },
      /Unknown option `groups` of connectFlow\(Docs\)/,
    ],
  ];
  it('refuses what is no class, on both sides, and an option of a worker that nobody knows', async () => {
    class Docs {
      readonly graph = graph;
    }
    const carrier = memoryCarrier();
    const missing = undefined as unknown as typeof Docs;
    for (const refused of [connectFlow(missing, { carrier }), serveFlow(missing, { carrier })]) {
      expect((await failureOf(refused)).message).to.match(/^Expected `flowClass` of \w+\(\) to be a class with @Flow/);
    }
    const { message, hint } = await failureOf(serveFlow(Docs, { carrier, group: 'cpu' } as never));
    expect(message).to.equal('Unknown option `group` of serveFlow(Docs)');
    expect(hint).to.contain('carrier, groups, workerId');
  });

  for (const [title, options, says] of wrong) {
    it(`refuses to connect ${title}`, async () => {
      class Docs {
        readonly graph = graph;
      }
      Flow({ name: 'docs' })(Docs);
      Distributed()(Docs);
      const failure = await failureOf(connectFlow(Docs, options as never));
      expect([failure.code, says.test(failure.message)]).to.deep.equal(['INVALID_OPTION', true], failure.message);
    });
  }

  it('refuses a class without @Distributed', async () => {
    class Plain {
      readonly graph = graph;
    }
    Flow({ name: 'plain' })(Plain);
    expect(await codeOf(connectFlow(Plain, { carrier: memoryCarrier() }))).to.equal('FLOW_NOT_DECORATED');
  });
});

describe('stop() of a client', () => {
  const bench = useClients();
  const graph = start(Parse).to(Score);

  it('D24 waits for those who wait for an answer, and refuses what is new', async () => {
    const { client, worker, came } = await bench.connect(graph);
    const call = client.call(1);
    const taken = await came();
    const stopped = client.stop({ drainS: 30 });
    expect(client.stop()).to.equal(stopped);
    expect(client.health()).to.deep.include({ ready: false, state: 'draining' });
    expect(await codeOf(client.emit(2))).to.equal('FLOW_STOPPED');
    expect(await isPending(stopped)).to.equal(true);
    await worker.result(taken, 'in time');
    expect(await call).to.equal('in time');
    expect(await stopped).to.include({ drained: true });
    expect([client.state, bench.clock.pending]).to.deep.equal(['stopped', 0]);
    expect(await codeOf(client.call(3))).to.equal('FLOW_STOPPED');
    expect(await codeOf(client.cancel('t'))).to.equal('FLOW_STOPPED');
  });

  it('D24 rejects the rest with FLOW_STOPPED; the work goes on, and others have its result', async () => {
    const { client, worker, runs, came, flowClass } = await bench.connect(graph);
    const call = failureOf(client.call(1));
    const taken = await came();
    const stream = client.stream(2);
    const next = failureOf(stream.next());
    const stopped = client.stop({ drainS: 5 });
    await bench.clock.advance(5_000);
    await stopped;
    expect([(await call).code, (await next).code]).to.deep.equal(['FLOW_STOPPED', 'FLOW_STOPPED']);
    expect(worker.cancels).to.deep.equal([]);
    expect(runs.filter(({ eventType }) => eventType === 'trace_end').map(({ extra }) => extra['status'])).to.deep.equal(
      ['stopped', 'stopped'],
    );
    await worker.result(taken, 'late');
    expect(await (await bench.another(flowClass)).result(taken.head.root)).to.equal('late');
  });

  it('D29 tells no end of emits that others go on with', async () => {
    const { client, runs } = await bench.connect(graph);
    await client.emit(1);
    await client[Symbol.asyncDispose]();
    expect(runs.map(({ eventType }) => eventType)).to.deep.equal(['trace_start']);
  });

  it('D24 waits for emits that the engine has not acknowledged', async () => {
    const { client } = await bench.connect(graph);
    bench.carrier.faults.become('down');
    const emitted = client.emit(1);
    const lost = failureOf(client.emit(2, { timeoutS: 1 }));
    const stopped = client.stop({ drainS: Number.POSITIVE_INFINITY });
    await bench.clock.advance(60_000);
    expect((await lost).code).to.equal('DEADLINE_EXCEEDED');
    bench.carrier.faults.become('up');
    expect(await emitted).to.include({ duplicate: false });
    expect(await stopped).to.include({ drained: true });
  });

  it('refuses a time that is none', async () => {
    const { client } = await bench.connect(graph);
    expect(await codeOf(client.stop({ drainS: -1 }))).to.equal('INVALID_OPTION');
    expect(client.state).to.equal('running');
  });
});

describe('what a client keeps', () => {
  const bench = useClients();
  const graph = start(Parse).to(Score);
  const KINDS = 6;
  const ROUND = 50 * KINDS;

  it('D17 is nothing of a run that is over, however it ended', async function () {
    this.timeout(30_000);
    const { client, worker, runs } = await bench.connect(graph);
    const error = new FlowError('NODE_EXCEPTION', { message: 'no' });
    const payload = 'x'.repeat(1_000);
    /** Runs of all kinds, that end in all ways; of the engine's things nothing is left when it is done. */
    async function round(): Promise<void> {
      const calls: Promise<unknown>[] = [];
      for (let number = 0; number < ROUND; number += KINDS) {
        calls.push(client.call(payload), client.collect(payload), client.emit(payload), client.call(payload));
        calls.push(client.call(payload, { timeoutS: 1 }), client.stream(payload).next());
      }
      const settled = Promise.allSettled(calls);
      while (worker.taken.length < ROUND) await settle();
      for (const [at, taken] of worker.taken.splice(0).entries()) {
        await worker.session.settle(taken.delivery, { departures: [] });
        if (at % KINDS === 3) await worker.failure(taken, error);
        else if (at % KINDS !== 4) await worker.result(taken, 'y'.repeat(1_000));
      }
      await bench.clock.advance(1_000);
      expect((await settled).filter(({ status }) => status === 'rejected')).to.have.length(ROUND / 3);
      await bench.clock.advance(4_000_000);
      await worker.session.record('answers', `${at++}`, '', '{}', 1);
      await worker.session.record('cancels', `${at++}`, '', '{}', 1);
      for (const list of [runs, worker.cancels, worker.credits]) list.length = 0;
    }
    let at = 0;
    for (let times = 0; times < 8; times++) await round();
    const before = heapAfterGc();
    for (let times = 0; times < 8; times++) await round();
    // A root with what it holds has more than a thousand bytes.
    expect((heapAfterGc() - before) / (8 * ROUND)).to.be.below(300);
    expect(bench.clock.pending).to.equal(0);
  });
});
