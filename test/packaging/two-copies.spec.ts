import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type {
  FinalAnswer,
  FlowClass,
  FlowEvent,
  FlowNode,
  NodeContext,
  PenguiFlow,
  AnyProvider,
  WorkingMemory,
} from '#src/index.js';
import { settle } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

type Package = typeof import('#src/index.js');

async function load(lib: string): Promise<Package> {
  return (await import(pathToFileURL(resolve(lib, 'index.js')).href)) as Package;
}

/** A stream that keeps its lines. */
class Lines extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.text += chunk.toString();
    callback();
  }

  get parsed(): Record<string, unknown>[] {
    return this.text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

// As when an application and a library of nodes each have their own: the peers are shared, penguiflow is there twice.
describe('two installed copies of the package', () => {
  let folder: string;
  /** Runs the flows. */
  let app: Package;
  /** Declares the nodes. */
  let lib: Package;

  before(async () => {
    folder = mkdtempSync(join('dist', 'two-copies-'));
    cpSync('lib', folder, { recursive: true });
    app = await load('lib');
    lib = await load(folder);
    expect(lib.Message).to.not.equal(app.Message);
  });

  after(() => rmSync(folder, { recursive: true }));

  /** Runs a flow of the library's on the application's copy. */
  async function running<R>(
    flowClass: FlowClass,
    use: (flow: PenguiFlow<unknown>) => Promise<R>,
    given: readonly AnyProvider[] = [
      {
        token: lib.FLOW_LOG,
        useValue: { isLevelEnabled: () => false, write: () => {}, flush: () => Promise.resolve() },
      },
    ],
  ): Promise<R> {
    const providers = [{ token: lib.CLOCK, useValue: new lib.SystemClock() }, ...given];
    const flow = app.createFlow(flowClass, { providers }) as unknown as PenguiFlow<unknown>;
    await flow.run();
    try {
      return await use(flow);
    } finally {
      await flow.stop({ graceS: 0 });
    }
  }

  it("know each other's instances, by `is` and by `instanceof`, and those of a subclass by `instanceof` alone", () => {
    const made = (from: Package): Record<string, object> => ({
      FinalAnswer: new from.FinalAnswer('yes'),
      FlowError: new from.FlowError('ABORTED', { message: 'x' }),
      Message: new from.Message(1),
      NonRetryableError: new from.NonRetryableError('x'),
      StreamChunk: new from.StreamChunk('s', 0, 'x'),
      WorkingMemory: new from.WorkingMemory('why?'),
    });
    const all = made(lib);
    for (const name of Object.keys(all) as 'Message'[]) {
      const Known = app[name];
      class Special extends (Known as unknown as new (...args: unknown[]) => object) {}
      for (const [other, value] of Object.entries(all)) {
        expect(Known.is(value), `${name}.is(${other})`).to.equal(name === other);
        expect(value instanceof Known, `${other} instanceof ${name}`).to.equal(name === other);
        expect(value instanceof Special, `${other} instanceof a subclass of ${name}`).to.equal(false);
      }
      const special: object =
        name === ('FlowError' as string) ? new Special('ABORTED', { message: 'x' }) : new Special('x');
      expect(special instanceof Special && special instanceof Known && special instanceof lib[name], name).to.equal(
        true,
      );
      for (const other of [null, undefined, 1, 'x', {}, [], () => {}]) {
        expect((other as unknown) instanceof Known, `${name} and ${typeof other}`).to.equal(false);
      }
    }
  });

  it('share decorators, graphs, messages and joins', async () => {
    const seen: string[] = [];
    class Trail {
      on(event: FlowEvent): void {
        if (event.eventType === 'node_start') seen.push(String(event.nodeName));
      }
    }
    lib.OnFlowEvent('node_start')(Trail.prototype, 'on', Object.getOwnPropertyDescriptor(Trail.prototype, 'on')!);
    lib.Middleware()(Trail);
    class Split {
      async process(numbers: number[], ctx: NodeContext): Promise<undefined> {
        for (const payload of numbers) await ctx.emit(ctx.message.with({ payload }));
      }
    }
    lib.Node({
      name: 'split',
      input: lib.arrayOf({
        '~standard': { version: 1, vendor: 't', validate: (value) => ({ value: value as number }) },
      }),
    })(Split);
    const Both = lib.joinK<number>('both', 2);
    class Pairs {
      readonly graph = lib.uncheckedGraph<number[], number[]>([[Split as never, [Both as never]]]);
    }
    lib.Flow({ name: 'pairs', middlewares: [Trail] })(Pairs);
    const got = await running(Pairs, (flow) => flow.call(new lib.Message([1, 2], { headers: { tenant: 'acme' } })));
    expect(got).to.deep.equal([1, 2]);
    expect(seen).to.include.members(['split', 'both']);
    const refused = await running(Pairs, (flow) => flow.call('nothing to split').catch((error: unknown) => error));
    expect((refused as { readonly code: string }).code).to.equal('VALIDATION_FAILED');
  });

  it('share the times of joins, which hold no slot in either', async () => {
    class Quick {
      process(payload: number): number {
        return payload;
      }
    }
    lib.Node()(Quick);
    class Slow {
      async process(payload: number, ctx: NodeContext): Promise<number> {
        await ctx.sleep(payload);
        return payload;
      }
    }
    lib.Node({ concurrency: 9 })(Slow);
    const codeOf = (error: unknown): unknown => (error as { readonly code: string }).code;
    for (const onTimeout of ['fail', 'emit'] as const) {
      const Both = lib.joinFrom(`both-${onTimeout}`, [Quick, Slow], { timeoutS: 0.05, onTimeout, maxWaiting: 2 });
      class Timed {
        readonly graph = lib.uncheckedGraph<number>([
          [Quick as never, [Both as never]],
          [Slow as never, [Both as never]],
        ]);
      }
      lib.Flow({ name: `timed-${onTimeout}` })(Timed);
      await running(Timed, async (flow) => {
        const waiting = (): number => flow.snapshot().nodes.reduce((sum, node) => sum + node.waiting, 0);
        const inTime = await Promise.all([0, 0, 0, 0].map((seconds) => flow.call(seconds)));
        expect(inTime).to.deep.equal(Array.from({ length: 4 }, () => [0, 0]));
        const late = await flow.call(60).catch(codeOf);
        expect(late).to.deep.equal(onTimeout === 'fail' ? 'JOIN_TIMEOUT' : [60, undefined]);
        const cancelled = flow.call(61, { traceId: 'c' }).catch(codeOf);
        while (waiting() === 0) await settle();
        flow.cancel('c');
        expect(await cancelled).to.equal('TRACE_CANCELLED');
        expect(waiting()).to.equal(0);
      });
    }
  });

  it('share errors: no retry after a NonRetryableError, and the code of a FlowError stays', async () => {
    let attempts = 0;
    class Give {
      process(): never {
        attempts++;
        throw new lib.NonRetryableError('no such order');
      }
    }
    lib.Node({ maxRetries: 3, backoffBaseS: 0 })(Give);
    class Gives {
      readonly graph = lib.start(Give);
    }
    lib.Flow()(Gives);
    const failed = await running(Gives, (flow) => flow.call(1).catch((error: unknown) => error));
    expect(attempts).to.equal(1);
    expect(failed).to.be.instanceOf(lib.FlowError).and.instanceOf(app.FlowError);
    expect(lib.FlowError.is(failed, 'NODE_EXCEPTION')).to.equal(true);
    expect(thrownBy(() => app.createFlow(class Undecorated {} as never))).to.be.instanceOf(lib.FlowError);
  });

  it('share chunks: a piece of one is a piece to the other', async () => {
    class Speak implements FlowNode<string, string | object> {
      async process(text: string, ctx: NodeContext): Promise<string> {
        await ctx.emit(new lib.StreamChunk('s', 0, text, true) as never);
        await ctx.emitChunk('!', { done: true });
        return 'said';
      }
    }
    lib.Node()(Speak);
    class Speech {
      readonly graph = lib.start(Speak);
    }
    lib.Flow()(Speech);
    await running(Speech, async (flow) => {
      const stream = flow.stream('hello');
      const pieces: unknown[] = [];
      for await (const piece of stream) pieces.push(piece);
      expect(pieces.map((piece) => lib.StreamChunk.is(piece) && lib.formatSseEvent(piece)))
        .to.have.lengthOf(2)
        .and.not.include(false);
      expect(pieces[0]).to.be.instanceOf(app.StreamChunk);
      expect(await stream.result).to.equal('said');
    });
  });

  it('share controllers: memory of one goes round, its answer leaves, and a branch of one takes what the other made', async () => {
    class Think {
      process(memory: WorkingMemory): object {
        return memory.facts.length < 2
          ? memory.with({ facts: [...memory.facts, memory.hops] })
          : new lib.FinalAnswer(memory.facts.join());
      }
    }
    lib.Node()(Think);
    class Print {
      process(answer: FinalAnswer): string {
        return `answer: ${answer.text}`;
      }
    }
    app.Node()(Print);
    class Thoughts {
      readonly graph = lib.uncheckedGraph([
        [
          Think,
          [
            { to: Think, on: app.WorkingMemory, back: true },
            { to: Print, on: app.FinalAnswer },
          ],
        ],
      ]);
    }
    lib.Flow()(Thoughts);
    expect(await running(Thoughts, (flow) => flow.call(new lib.WorkingMemory('why?')))).to.equal('answer: 0,1');
  });

  it('log on one stream, line by line', async () => {
    const lines = new Lines();
    for (const { configureLogging } of [app, lib])
      configureLogging({ destination: lines, structured: true, level: 'info', format: 'flat' });
    class Work {
      process(payload: number, ctx: NodeContext): number {
        ctx.logger.info('from ctx');
        lib.getLogger('lib').info('from the library');
        app.getLogger('app').info('from the application');
        return payload;
      }
    }
    lib.Node({ name: 'work' })(Work);
    class Works {
      readonly graph = lib.start(Work);
    }
    lib.Flow({ name: 'works', middlewares: [lib.FlowLogger] })(Works);
    try {
      await running(Works, (flow) => flow.call(1), [{ token: lib.LOGGER, useValue: lib.getLogger('given') }]);
    } finally {
      for (const { shutdownLogging } of [app, lib]) await shutdownLogging();
    }
    const texts = lines.parsed.map(({ message, event }) => message ?? event);
    for (const text of ['from ctx', 'from the library', 'from the application', 'node_success'])
      expect(
        texts.filter((each) => each === text),
        text,
      ).to.have.lengthOf(1);
  });

  it('share one set-up of logging: what one configures the other writes to, each line once, with the ids', async () => {
    const lines = new Lines();
    app.configureLogging({ destination: lines, structured: true, level: 'info' });
    class Work {
      async process(payload: number): Promise<number> {
        await Promise.resolve();
        lib.getLogger('lib').info('from the library');
        return payload;
      }
    }
    lib.Node({ name: 'work' })(Work);
    class Works {
      readonly graph = lib.start(Work);
    }
    lib.Flow({ name: 'works-too', middlewares: [lib.FlowLogger, app.FlowLogger] })(Works);
    try {
      await running(Works, (flow) => flow.call(1), []);
      expect(lines.parsed.map(({ message, node_name }) => [message, node_name])).to.deep.equal([
        ['trace_start', null],
        ['from the library', 'work'],
        ['node_success', 'work'],
        ['trace_end', null],
      ]);
      expect(lib.getLogger('x')).to.equal(app.getLogger('x'));
      expect(lib.loggingStats().written).to.equal(app.loggingStats().written);
    } finally {
      await lib.shutdownLogging();
    }
    app.getLogger().info('after the shutdown');
    expect(lines.parsed).to.have.lengthOf(4);
  });
});
