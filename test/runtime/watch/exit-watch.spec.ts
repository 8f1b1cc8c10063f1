import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
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
    const program = `
      import 'reflect-metadata';
      import { createFlow, Flow, Node, start } from '#src/index.js';
      class Twice { process(n) { return n * 2; } }
      Node()(Twice);
      class Numbers { graph = start(Twice); }
      Flow()(Numbers);
      const flow = createFlow(Numbers);
      await flow.run();
      process.exitCode = 3;
      void (async () => {
        for (let n = 0; n < 200; n++) await flow.emit(n);
        console.log('all sent');
      })();`;
    const ran = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    expect([ran.stdout, ran.status]).to.deep.equal(['', 3]);
    expect(ran.stderr).to.contain('in flow "Numbers" 1 emit() waits for room and 65 results wait to be taken.');
  });
});
