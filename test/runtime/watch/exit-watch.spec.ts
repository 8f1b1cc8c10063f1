import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { joinK } from '#src/index.js';
import { useFlows } from '../../support/flows.js';
import { held, line, node, pass } from '../../support/nodes.js';
import { settle } from '../../support/settling.js';
import { catchWarnings } from '../../support/warning-catcher.js';

describe('a process that has nothing left to do', () => {
  const bench = useFlows();
  const warnings = catchWarnings('PENGUIFLOW_UNFINISHED');

  /** Node says this when its event loop is empty. */
  async function runOut(): Promise<string[]> {
    process.emit('beforeExit', 0);
    await settle();
    return warnings.map(({ message }) => message);
  }

  it('R14c says which flow has results that nobody took, and which emits wait for room', async () => {
    const flow = await bench.run(line(pass('A')), { queueMaxsize: 1 });
    for (let n = 0; n < 6; n++) void flow.emit(n).catch(() => {});
    expect(await runOut()).to.deep.equal([
      `The process ends because nothing is left to do, but in flow "${flow.name}" 3 emit() wait for room and 2 results wait to be taken. ` +
        'Take the results with fetch(), results() or call(), or return nothing from the last node.',
    ]);
    expect(warnings[0]?.name).to.equal('PenguiFlowWarning');
  });

  it('R14c says which calls and streams wait, and for which nodes', async () => {
    const { node: work } = held('Work', { concurrency: 3 });
    const flow = await bench.run(line(work));
    for (const n of [1, 2]) flow.call(n).catch(() => {});
    flow
      .stream(3)
      .next()
      .catch(() => {});
    flow.stream(4).result.catch(() => {});
    const [message] = await runOut();
    expect(message).to.contain('2 call() wait for their answer and 2 stream() wait for more.');
    expect(message).to.contain('Nodes that hold messages: "Work" (3). What the node waits for keeps no process alive.');
  });

  it('R14c says which fetches and results() wait', async () => {
    const flow = await bench.run(line(pass('A')));
    for (const options of [undefined, { traceId: 't' }, { traceId: 'u' }]) flow.fetch(options).catch(() => {});
    void flow.results().next();
    const [message] = await runOut();
    expect(message).to.contain('3 fetch() wait for a result and 1 results() waits for more.');
    expect(message).to.contain('Nothing is under way that could answer');
  });

  it('R14c says which streams are left unread', async () => {
    const speaks = node('Speaks', (_: unknown, ctx) => ctx.emitChunk('hello'));
    const flow = await bench.run(line(speaks));
    flow.stream(1);
    await settle();
    expect((await runOut())[0]).to.contain('1 stream waits to be read.');
  });

  it('R14c says what joins keep, and what a node holds of a run', async () => {
    const pair = joinK<number>('Pair', 2);
    const joining = await bench.run(line(pass('A'), pair));
    await joining.emit(1, { traceId: 'order-1', join: true });
    await settle();
    const holding = await bench.run(line(node('Holds', (_: unknown, ctx) => void ctx.holdTrace())));
    await holding.emit(1);
    await settle();
    for (const [index, flow] of [joining, holding].entries()) {
      expect((await runOut())[index]).to.equal(
        `The process ends because nothing is left to do, but in flow "${flow.name}" 1 message is kept by a join or ctx.holdTrace(). ` +
          'Emit what completes it, give the join a timeoutS, let go of what is held, or stop() the flow.',
      );
    }
  });

  it('R14c says nothing of a flow that waits for nothing, and of one that has stopped', async () => {
    await bench.run(line(pass('A')));
    const stopped = await bench.run(line(pass('A')));
    await stopped.emit(1);
    await stopped.stop();
    expect(await runOut()).to.deep.equal([]);
  });

  it('R14c says it once per flow, however often the process comes back to life', async () => {
    const [one, other] = [await bench.run(line(pass('A'))), await bench.run(line(pass('A')))];
    await one.emit(1);
    expect(await runOut()).to.have.length(1);
    await other.emit(1);
    expect(await runOut()).to.have.length(2);
  });

  it('R14c has one listener per process, while a flow runs', async () => {
    // Flows of other tests may still run.
    const before = process.listenerCount('beforeExit');
    const first = await bench.run(line(pass('A')));
    const withOne = process.listenerCount('beforeExit');
    expect(withOne).to.be.within(1, before + 1);
    const flows = await Promise.all(Array.from({ length: 20 }, () => bench.run(line(pass('A')))));
    expect(process.listenerCount('beforeExit')).to.equal(withOne);
    await Promise.all([first, ...flows].map((flow) => flow.stop()));
    expect(process.listenerCount('beforeExit')).to.equal(before);
  });

  it('R14c is told on stderr by a program that ends in the middle, with its own exit code', () => {
    const ran = runProgram(`
      const flow = await running('Numbers', start(Pass));
      process.exitCode = 3;
      void (async () => {
        for (let n = 0; n < 200; n++) await flow.emit(n);
        console.log('all sent');
      })();`);
    expect([ran.stdout, ran.status]).to.deep.equal(['', 3]);
    expect(ran.told).to.deep.equal([
      `"Numbers" 1 emit() waits for room and 65 results wait to be taken. ${TAKE_RESULTS}`,
    ]);
  });

  it('R14c names by its own name whatever waits in a program that ends', () => {
    const { told, status } = runProgram(`
      const small = { queueMaxsize: 1 };
      class Inner { graph = start(Never); }
      Flow()(Inner);
      class Asks { process(n, ctx) { return ctx.call(Inner, n); } }
      class Sends { async process(n, ctx) { for (;;) await ctx.emit(n); } }
      class Speaks { async process(n, ctx) { for (;;) await ctx.emitChunk('x'); } }
      for (const each of [Asks, Sends, Speaks]) Node()(each);
      const times = (count, act) => { for (let n = 0; n < count; n++) act(n); };
      const quiet = (promise) => promise.catch(() => {});

      const emits = await running('emits', start(Never), small);
      times(5, (n) => quiet(emits.emit(n)));
      const calls = await running('calls', start(Never), small);
      times(5, (n) => quiet(calls.call(n)));
      const collects = await running('collects', start(Never), small);
      quiet(collects.collect(1));
      times(2, (n) => quiet(collects.collect(n, { settle: true })));
      const streams = await running('streams', start(Never));
      quiet(streams.stream(1).next());
      quiet(streams.stream(1).result);
      quiet((async () => { for await (const piece of streams.stream(1)); })());
      const fetches = await running('fetches', start(Pass));
      quiet(fetches.fetch());
      quiet(fetches.fetchMessage({ traceId: 't' }));
      const busy = await running('busy', start(Never));
      await busy.emit(1);
      quiet(busy.fetch());
      const reads = await running('reads', start(Pass));
      quiet((async () => { for await (const result of reads.results()); })());
      const asks = await running('asks', start(Asks));
      quiet(asks.call(1));
      const sends = await running('sends', start(Sends).to(Never), small);
      await sends.emit(1);
      const unread = await running('unread', start(Speaks), small);
      unread.stream(1);
      const chunks = await running('chunks', start(Pass), small);
      times(3, () => quiet(chunks.emitChunk('t', 'x')));
      const works = await running('works', start(Never));
      await works.emit(1);`);
    expect(status).to.equal(0);
    expect(told.sort()).to.deep.equal(
      [
        `"emits" 3 emit() wait for room. Nodes that hold messages: "Never" (1). ${NODE_WAITS}`,
        `"calls" 5 call() wait for their answer. Nodes that hold messages: "Never" (1). ${NODE_WAITS}`,
        `"collects" 3 collect() wait for their results. Nodes that hold messages: "Never" (1). ${NODE_WAITS}`,
        `"streams" 3 stream() wait for more. Nodes that hold messages: "Never" (1). ${NODE_WAITS}`,
        `"fetches" 2 fetch() wait for a result. Nothing is under way that could answer: stop() the flow, or give fetch() a timeoutS.`,
        `"busy" 1 fetch() waits for a result. Nodes that hold messages: "Never" (1). ${NODE_WAITS}`,
        `"reads" 1 results() waits for more. Nothing is under way that could bring more: stop() the flow, or leave the loop of results().`,
        `"asks" 1 call() waits for its answer. Nodes that hold messages: "Asks" (1). ${NODE_WAITS}`,
        `"Inner" 1 ctx.call() waits for its answer. Nodes that hold messages: "Never" (1). ${NODE_WAITS}`,
        `"sends" 1 ctx.emit() waits for room. Nodes that hold messages: "Sends" (1), "Never" (1). ${NODE_WAITS}`,
        `"unread" 1 emitChunk() waits for room and 1 stream waits to be read. Nodes that hold messages: "Speaks" (1). Read streams to their end, or leave their loop.`,
        `"chunks" 2 emitChunk() wait for room and 3 results wait to be taken. ${TAKE_RESULTS}`,
        `"works" 1 message is not done. Nodes that hold messages: "Never" (1). ${NODE_WAITS}`,
      ].sort(),
    );
  });
});

const TAKE_RESULTS = 'Take the results with fetch(), results() or call(), or return nothing from the last node.';
const NODE_WAITS = 'What the node waits for keeps no process alive.';

/** Runs a program to its end; `told` is what it says of each flow. */
function runProgram(body: string): {
  readonly stdout: string;
  readonly status: number | null;
  readonly told: string[];
} {
  const program = `
    import 'reflect-metadata';
    import { createFlow, Flow, Node, start } from '#src/index.js';
    class Pass { process(n) { return n; } }
    class Never { process() { return new Promise(() => {}); } }
    for (const each of [Pass, Never]) Node()(each);
    async function running(name, graph, options) {
      class Numbers { graph = graph; }
      Flow({ name, ...options })(Numbers);
      const flow = createFlow(Numbers);
      await flow.run();
      return flow;
    }
    ${body}`;
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  const told = [...ran.stderr.matchAll(/but in flow (.*)$/gm)].map(([, text]) => text as string);
  return { stdout: ran.stdout, status: ran.status, told };
}
