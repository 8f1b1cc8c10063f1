import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { FlowError, stopOnSignals } from '#src/index.js';
import { thrownBy } from '../support/thrown-by.js';

const INDEX = new URL('../../src/index.js', import.meta.url).href;

/** A program with a flow whose work goes on until something ends it; it says `busy` when the work is inside. */
function program(options: string, more = ''): string {
  return `
    const { createFlow, Flow, Node, start, stopOnSignals } = await import('${INDEX}');
    let finish;
    class Work {
      async process(n, ctx) {
        console.log('busy');
        await new Promise((resolve) => { finish = resolve; ctx.signal.addEventListener('abort', resolve); });
        if (!ctx.signal.aborted) console.log('finished');
      }
      onFlowStop() { console.log('stopped'); }
    }
    Node()(Work);
    class Works { graph = start(Work); }
    Flow()(Works);
    const flow = createFlow(Works);
    flow.on('*', () => {});
    await flow.run();
    const handle = stopOnSignals([flow], ${options});
    ${more}
    flow.emit(1).catch(() => {});
    // Keeps the process, as a server would.
    const server = setInterval(() => {}, 60_000);
    process.on('message', () => finish());`;
}

interface Ending {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
}

/** Runs a program until its work is inside, does something to it, and waits for its end. */
async function ended(code: string, act: (child: ReturnType<typeof start>) => void | Promise<void>): Promise<Ending> {
  const child = start(code);
  let text = '';
  child.stdout!.setEncoding('utf8');
  const exited = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  await new Promise<void>((resolve) => {
    child.stdout!.on('data', (piece: string) => {
      const wasBusy = text.includes('busy');
      text += piece;
      if (!wasBusy && text.includes('busy')) resolve();
    });
    void exited.then(() => resolve());
  });
  await act(child);
  const [exit, signal] = await exited;
  return { exit, signal, lines: text.trim().split('\n') };
}

/** Those that a failing test leaves behind. */
const children: ChildProcess[] = [];

function start(code: string) {
  const args = ['--input-type=module', '-e', code];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  children.push(child);
  return child;
}

describe('stopOnSignals', () => {
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`R8 drains the flows at ${signal}, then ends the process by it`, async () => {
      const end = await ended(program('{ afterStop: () => console.log("closed") }'), (child) => {
        child.kill(signal);
        child.send('finish');
      });
      expect(end).to.deep.equal({ exit: null, signal, lines: ['busy', 'finished', 'stopped', 'closed'] });
    });
  }

  it('R8 interrupts what is not finished after drainS', async () => {
    const end = await ended(program('{ drainS: 0 }'), (child) => void child.kill('SIGTERM'));
    expect(end).to.deep.equal({ exit: null, signal: 'SIGTERM', lines: ['busy', 'stopped'] });
  });

  it('R8 a second signal ends the process at once', async () => {
    const more = `process.once('SIGTERM', () => process.nextTick(() => process.kill(process.pid, 'SIGINT')));`;
    const end = await ended(program('{ drainS: 60 }', more), (child) => void child.kill('SIGTERM'));
    expect(end).to.deep.equal({ exit: null, signal: 'SIGINT', lines: ['busy'] });
  });

  it('leaves the end to a program that listens itself', async () => {
    const code = program(
      '{ drainS: 0, afterStop: () => { clearInterval(server); process.disconnect(); process.exitCode = 7; } }',
      "process.on('SIGTERM', () => console.log('own'));",
    );
    const end = await ended(code, (child) => void child.kill('SIGTERM'));
    expect(end).to.deep.equal({ exit: 7, signal: null, lines: ['busy', 'own', 'stopped'] });
  });

  it('other signals, and none at all after dispose(), stop nothing', async () => {
    for (const code of [
      program("{ signals: ['SIGUSR2'], drainS: 0 }"),
      program('{ drainS: 0 }', 'handle.dispose(); handle.dispose();'),
    ]) {
      const end = await ended(code, (child) => void child.kill('SIGTERM'));
      expect(end).to.deep.equal({ exit: null, signal: 'SIGTERM', lines: ['busy'] });
    }
  });

  it('names a bad option, and then installs nothing', () => {
    const before = process.listenerCount('SIGTERM');
    const bad: readonly (readonly [string, () => unknown])[] = [
      ['`flows`', () => stopOnSignals({} as never)],
      ['`flows`', () => stopOnSignals([{}] as never)],
      ['`signals`', () => stopOnSignals([], { signals: ['TERM'] as never })],
      ['`signals`', () => stopOnSignals([], { signals: [] })],
      ['`afterStop`', () => stopOnSignals([], { afterStop: 1 as never })],
      ['`drainS`', () => stopOnSignals([], { drainS: -1 })],
      ['`drains`', () => stopOnSignals([], { drains: 1 } as never)],
    ];
    for (const [name, call] of bad) {
      const error = thrownBy(call);
      expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
      expect(error.message).to.include(`${name} of stopOnSignals()`);
    }
    expect(process.listenerCount('SIGTERM')).to.equal(before);
  });
});
