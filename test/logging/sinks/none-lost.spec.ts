import { expect } from 'chai';
import { existsSync, readFileSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { configureLogging } from '#src/logging/configure-logging.js';
import { shutdownLogging } from '#src/logging/shutdown-logging.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import { useFakeNow } from '../../support/fake-now.js';
import { runProgram } from '../support/child-program.js';
import { useStats } from '../support/stats-since.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const numbers = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n));

/** The messages of a file; one that is no line of ours stands for itself. */
function messagesOf(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((text) => (text.startsWith('{') ? (JSON.parse(text) as { message: string }).message : text));
}

describe('lines to a file', () => {
  const folder = temporaryFolder();
  const stats = useStats();

  afterEach(() => shutdownLogging());

  it('R29 keep their order when the program comes back to a file that is still being written', async () => {
    const [one, other] = [folder.path('one.log'), folder.path('other.log')];
    configureLogging({ structured: true, destination: { file: one } });
    for (const text of numbers(3000)) getLogger().info(text);
    configureLogging({ structured: true, destination: { file: other } });
    configureLogging({ structured: true, destination: { file: one } });
    expect(messagesOf(one), 'at once').to.deep.equal(numbers(3000));
    getLogger().info('last');
    await shutdownLogging();
    expect(messagesOf(one)).to.deep.equal([...numbers(3000), 'last']);
  });

  it('R29 keep their order when the program comes back to a stream that is slow', async () => {
    const taken: string[] = [];
    const slow = new Writable({
      highWaterMark: 1,
      write: (chunk, _encoding, done) => {
        taken.push((JSON.parse(String(chunk)) as { message: string }).message);
        setImmediate(done);
      },
    });
    configureLogging({ structured: true, destination: slow });
    for (const text of numbers(50)) getLogger().info(text);
    configureLogging({ structured: true, destination: { file: folder.path('other.log') } });
    configureLogging({ structured: true, destination: slow });
    getLogger().info('last');
    await shutdownLogging();
    expect(taken).to.deep.equal([...numbers(50), 'last']);
  });

  describe('whatever ends the process', () => {
    const LINES = 3000;
    const ends: Record<string, string> = {
      'two callers of shutdownLogging, then exit': `void shutdownLogging(); await shutdownLogging(); process.exit(0);`,
      'ten callers, then exit after the first': `await Promise.race(Array.from({ length: 10 }, () => shutdownLogging())); process.exit(0);`,
      'exit while shutdownLogging is under way': `void shutdownLogging(); process.exit(0);`,
      'exit a little later': `void shutdownLogging(); setImmediate(() => process.exit(0));`,
      'an uncaught error while it is under way': `void shutdownLogging(); throw new Error('crash');`,
      'an uncaught error': `setImmediate(() => { throw new Error('crash'); });`,
      'an uncaught error whose listener exits': `process.on('uncaughtException', () => process.exit(1)); setImmediate(() => { throw new Error('crash'); });`,
      'exit when there is nothing left to do': `process.once('beforeExit', () => process.exit(0));`,
      'exit at the turn in which the file is closed': `shutdownLogging().then(() => process.exit(0)); configureLogging(OTHER);`,
      'an unhandled rejection': `Promise.reject(new Error('crash'));`,
      'another file, then exit': `configureLogging(OTHER); process.exit(0);`,
      'another file, then running out of work': `configureLogging(OTHER);`,
      'another file, then shutdownLogging and exit': `configureLogging(OTHER); await shutdownLogging(); process.exit(0);`,
      'another file during shutdownLogging, then exit': `void shutdownLogging(); configureLogging(OTHER); process.exit(0);`,
      'the same file during shutdownLogging, then exit': `void shutdownLogging(); configureLogging(SAME); process.exit(0);`,
      'no destination, then exit': `configureLogging({ destination: 'none' }); process.exit(0);`,
      'a SIGTERM whose handler shuts logging down': `process.once('SIGTERM', async () => { await shutdownLogging(); process.exit(0); }); process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);`,
    };
    for (const [what, end] of Object.entries(ends)) {
      it(`R29 none is lost, none is there twice, and they are in order: ${what}`, async () => {
        const file = folder.path(`${what.replaceAll(/\W+/g, '-')}.log`);
        await runProgram(
          `const SAME = { structured: true, destination: { file: ${JSON.stringify(file)} } };
           const OTHER = { structured: true, destination: { file: ${JSON.stringify(`${file}.other`)} } };
           configureLogging(SAME);
           for (let n = 0; n < ${LINES}; n++) getLogger().info(String(n));
           ${end}`,
        );
        expect(messagesOf(file)).to.deep.equal(numbers(LINES));
      });
    }

    it('R29 what listeners of exit log after ours is there', async () => {
      const file = folder.path('exit-listener.log');
      await runProgram(
        `configureLogging({ structured: true, destination: { file: ${JSON.stringify(file)} } });
         getLogger().info('0');
         process.on('exit', () => { for (let n = 1; n < 100; n++) getLogger().info(String(n)); });`,
      );
      expect(messagesOf(file)).to.deep.equal(numbers(100));
    });

    const workers: Record<string, string> = {
      'that runs out of work': '',
      'that calls process.exit()': 'process.exit(0);',
      'with an uncaught error': "throw new Error('crash');",
    };
    for (const [what, end] of Object.entries(workers)) {
      it(`R29 none of a worker thread ${what} is lost, nor of the process around it`, async () => {
        const file = folder.path(`worker-${what.length}.log`);
        const url = new URL('../../../src/index.js', import.meta.url).href;
        const inWorker = `import('${url}').then(({ configureLogging, getLogger }) => {
          configureLogging({ structured: true, destination: { file: ${JSON.stringify(file)} } });
          for (let n = 0; n < ${LINES}; n++) getLogger().info('worker ' + n);
          ${end}
        });`;
        await runProgram(
          `const { Worker } = await import('node:worker_threads');
           configureLogging({ structured: true, destination: { file: ${JSON.stringify(file)} } });
           const worker = new Worker(${JSON.stringify(inWorker)}, { eval: true });
           worker.on('error', () => {});
           for (let n = 0; n < ${LINES}; n++) getLogger().info(String(n));
           worker.on('exit', () => process.exit(0));`,
        );
        const all = messagesOf(file);
        expect(all.filter((each) => !each.startsWith('worker'))).to.deep.equal(numbers(LINES));
        expect(all.filter((each) => each.startsWith('worker'))).to.deep.equal(numbers(LINES).map((n) => `worker ${n}`));
      });
    }

    it('R29 each is there where another process appends to the file, too, when this one ends', async () => {
      const file = folder.path('two-processes.log');
      const append = `const { appendFileSync } = await import('node:fs');
        const end = Date.now() + 2500;
        for (let n = 0; Date.now() < end; n++) appendFileSync(${JSON.stringify(file)}, '{"message":"other"}\\n');`;
      const log = (from: number): string => `
        configureLogging({ structured: true, destination: { file: ${JSON.stringify(file)} } });
        let n = ${from};
        const log = (until) => { for (; n < until; n++) getLogger().info(String(n)); };
        log(${from} + 20_000);
        setImmediate(() => { log(${from} + 21_000); process.exit(); });`;
      await Promise.all([runProgram(append), ...[0, 100_000, 200_000].map((from) => runProgram(log(from)))]);
      const there = new Set(messagesOf(file));
      for (const from of [0, 100_000, 200_000])
        expect(numbers(21_000).every((n) => there.has(String(Number(n) + from)))).to.equal(true);
    }).timeout(30_000);
  });

  it('R29 a write that hangs holds up whoever logs once, for a second, and not with each line; at exit all of it is written', async () => {
    const file = folder.path('hangs.log');
    const { stdout } = await runProgram(
      `const fs = (await import('node:fs')).default;
       fs.write = () => {};
       (await import('node:module')).syncBuiltinESMExports();
       configureLogging({ structured: true, destination: { file: ${JSON.stringify(file)} }, bufferChars: 5000 });
       getLogger().info('0');
       setImmediate(() => setImmediate(() => {
         const began = Date.now();
         for (let n = 1; n <= 500; n++) getLogger().info(String(n));
         console.log(Date.now() - began, loggingStats().dropped);
         process.exit();
       }));`,
    );
    const [tookMs, dropped] = stdout.split(' ').map(Number);
    expect(tookMs).to.be.within(900, 5000);
    expect(dropped).to.be.within(400, 499);
    expect(messagesOf(file)).to.deep.equal([...numbers(501 - dropped!), 'log lines were dropped']);
  });

  it('R29 are in the file when any of several shutdowns at a time resolves', async () => {
    const file = folder.path('ten.log');
    configureLogging({ structured: true, destination: { file } });
    for (let n = 0; n < 5000; n++) getLogger().info(String(n));
    const seen: number[] = [];
    const ten = Array.from({ length: 10 }, async (_, index) => {
      await shutdownLogging({ timeoutS: index === 3 ? 60 : 5 });
      seen.push(messagesOf(file).length);
    });
    await Promise.all(ten);
    expect(seen).to.deep.equal(new Array(10).fill(5000));
  });

  describe('that is moved away', () => {
    const now = useFakeNow();

    for (const how of ['renamed', 'deleted'] as const) {
      it(`R29 go on in a new file of that name, without a new configuration, when it is ${how}`, async () => {
        const file = folder.path(`${how}.log`);
        configureLogging({ structured: true, destination: { file } });
        const kept: string[] = [];
        for (let round = 0; round < 5; round++) {
          for (let n = 0; n < 100; n++) getLogger().info(`${round}.${n}`);
          while (stats().destinations[0]!.pending > 0) await turn();
          if (how === 'deleted') kept.push(...messagesOf(file));
          if (how === 'deleted') unlinkSync(file);
          else renameSync(file, `${file}.${round}`);
          now.advance(1001);
        }
        if (how === 'renamed') for (let round = 0; round < 5; round++) kept.push(...messagesOf(`${file}.${round}`));
        const expected = [0, 1, 2, 3, 4].flatMap((round) => numbers(100).map((n) => `${round}.${n}`));
        expect(kept).to.deep.equal(expected);
        expect(existsSync(file)).to.equal(false);
      });
    }

    it('R29 go on at the new end of a file that is cut in place, as logrotate does with copytruncate', async () => {
      const file = folder.path('cut.log');
      configureLogging({ structured: true, destination: { file } });
      const kept: string[] = [];
      for (let round = 0; round < 5; round++) {
        for (let n = 0; n < 100; n++) getLogger().info(`${round}.${n}`);
        while (stats().destinations[0]!.pending > 0) await turn();
        kept.push(...messagesOf(file));
        truncateSync(file, 0);
        now.advance(1001);
      }
      await shutdownLogging();
      expect(kept).to.deep.equal([0, 1, 2, 3, 4].flatMap((round) => numbers(100).map((n) => `${round}.${n}`)));
      expect(readFileSync(file, 'utf8')).to.equal('');
    });

    it('R29 begin on a line of their own where the new file ends in half a line', async () => {
      const file = folder.path('half-anew.log');
      configureLogging({ structured: true, destination: { file } });
      getLogger().info('one');
      while (stats().destinations[0]!.pending > 0) await turn();
      renameSync(file, `${file}.old`);
      writeFileSync(file, '{"mess');
      now.advance(1001);
      getLogger().info('two');
      while (stats().destinations[0]!.pending > 0) await turn();
      expect(readFileSync(file, 'utf8')).to.match(/^\{"mess\n\{[^\n]*"message":"two"\}\n$/);
    });

    it('R29 stay in the old file when it cannot be opened anew', async () => {
      const file = folder.path('plain/log');
      configureLogging({ structured: true, destination: { file } });
      getLogger().info('one');
      while (stats().destinations[0]!.pending > 0) await turn();
      renameSync(folder.path('plain'), folder.path('moved'));
      writeFileSync(folder.path('plain'), 'no folder');
      now.advance(1001);
      getLogger().info('two');
      await shutdownLogging();
      expect(messagesOf(folder.path('moved/log'))).to.deep.equal(['one', 'two']);
    });
  });

  it('R29 begin on a line of their own in a file that ends in half a line', async () => {
    const file = folder.path('half.log');
    writeFileSync(file, '{"message":"whole"}\n{"mess');
    configureLogging({ structured: true, destination: { file } });
    getLogger().info('first');
    getLogger().info('second');
    await shutdownLogging();
    configureLogging({ structured: true, destination: { file } });
    getLogger().info('third');
    await shutdownLogging();
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines[1]).to.equal('{"mess');
    expect(lines.slice(2, -1).map((text) => (JSON.parse(text) as { message: string }).message)).to.deep.equal([
      'first',
      'second',
      'third',
    ]);
  });

  it('R29 go to one file, however its path is written', async () => {
    const file = folder.path('same.log');
    configureLogging({ structured: true, destination: { file } });
    getLogger().info('0');
    configureLogging({ structured: true, destination: { file: file.replace('/same', '/./same') } });
    getLogger().info('1');
    await shutdownLogging();
    expect(messagesOf(file)).to.deep.equal(['0', '1']);
    expect(stats().destinations).to.have.lengthOf(1);
  });
});

describe('lines to a stream that does not call back', () => {
  const stats = useStats();
  const written: string[] = [];

  const streams: Record<string, () => Writable> = {
    'like stdout under Jest': () => {
      const stream = new Writable();
      stream.write = ((chunk: string) => {
        written.push(chunk);
        return true;
      }) as never;
      return stream;
    },
    'that is stdout itself': () => {
      const stream = Object.assign(new Writable(), { fd: 1 });
      stream.write = ((chunk: string) => {
        written.push(chunk);
        return true;
      }) as never;
      return stream;
    },
    'and whose write says nothing': () => {
      const stream = new Writable();
      stream.write = ((chunk: string) => void written.push(chunk)) as never;
      return stream;
    },
    'and says that it is full': () => {
      const stream = new Writable();
      stream.write = ((chunk: string) => {
        written.push(chunk);
        return written.length % 10 !== 0;
      }) as never;
      return stream;
    },
  };
  for (const [what, make] of Object.entries(streams)) {
    it(`R29 count as written soon after it is empty: ${what}`, async () => {
      written.length = 0;
      configureLogging({ structured: true, destination: make() });
      for (let n = 0; n < 25; n++) getLogger().info('line');
      expect(await shutdownLogging()).to.deep.equal({ dropped: 0, unflushed: [] });
      expect(written).to.have.lengthOf(25);
      expect(stats()).to.include({ written: 25, dropped: 0 });
    });
  }
});
