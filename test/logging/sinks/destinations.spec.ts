import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { configureLogging } from '#src/logging/configure-logging.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import { shutdownLogging } from '#src/logging/shutdown-logging.js';
import { commandTool, describeWithTool, type Tool } from '../../support/needs-tool.js';
import { runProgram } from '../support/child-program.js';
import { LineCatcher } from '../../support/line-catcher.js';
import { SlowTransport, Transport } from '../support/slow-transport.js';
import { stderrOf } from '../support/stderr-catcher.js';
import { useStats } from '../support/stats-since.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Turns of the event loop until something holds; the test's own timeout ends a wait in vain. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

/** Takes nothing until it is released. */
class StalledStream extends Writable {
  text = '';
  #release: (() => void) | undefined;
  #isFree = false;

  constructor() {
    super({ highWaterMark: 100 });
  }

  release(): void {
    this.#isFree = true;
    this.#release?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    const take = (): void => {
      this.text += chunk.toString();
      callback();
    };
    if (this.#isFree) setImmediate(take);
    else this.#release = take;
  }
}

const messages = (text: string): unknown[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { message: string }).message);

/** Linux has a device that is always full. */
const FULL_DEVICE: Tool = {
  name: '/dev/full',
  install: 'a device of Linux',
  platforms: ['linux'],
  isThere: () => existsSync('/dev/full'),
};
const NAMED_PIPES: Tool = {
  ...commandTool('mkfifo', { install: 'apt-get install coreutils' }),
  platforms: ['linux', 'darwin'],
};

describe('destinations', () => {
  const folder = temporaryFolder();
  const stats = useStats();

  afterEach(async () => {
    await stderrOf(() => shutdownLogging({ timeoutS: 0.2 }));
  });

  describe('shutdown', () => {
    it('R29 a slow transport has every line after shutdown', async () => {
      const slow = new SlowTransport();
      configureLogging({ destination: 'none', transports: [slow] });
      for (let n = 0; n < 1000; n++) getLogger().info('line');
      await shutdownLogging();
      expect(slow.lines).to.have.length(1000);
    });

    it('R29 the loggers are silent after it, without an error', async () => {
      const caught = new LineCatcher();
      configureLogging({ destination: caught });
      await shutdownLogging();
      await shutdownLogging();
      getLogger().info('late');
      expect(caught.text).to.equal('');
    });

    it('R29 a destination that takes too long is given up and its lines are counted', async () => {
      const stalled = new StalledStream();
      configureLogging({ structured: true, destination: stalled });
      for (let n = 0; n < 10; n++) getLogger().info('line');
      let result: unknown;
      const said = await stderrOf(async () => {
        result = await shutdownLogging({ timeoutS: 0.05 });
      });
      expect(result).to.deep.equal({ dropped: 10, unflushed: ['stream StalledStream'] });
      expect(said).to.match(
        /^penguiflow: log destination stream StalledStream took too long to close; 10 lines are lost\n$/,
      );
      expect(stats()).to.include({ written: 0, dropped: 10 });
    });

    it('R29 replacing a destination loses no line of the old one', async () => {
      const file = folder.path('replaced.jsonl');
      configureLogging({ structured: true, destination: { file } });
      for (let n = 0; n < 5000; n++) getLogger().info('old');
      configureLogging({ structured: true, destination: new LineCatcher() });
      await shutdownLogging();
      expect(messages(readFileSync(file, 'utf8'))).to.have.length(5000);
    });

    it('R29 process.exit right after logging loses no line of a file or of stdout', async () => {
      const file = folder.path('exit.jsonl');
      const code = (destination: string): string =>
        `configureLogging({ structured: true, destination: ${destination} }); for (let n = 0; n < 2000; n++) getLogger().info('line', { n }); process.exit(3);`;
      const [toFile, toStdout] = await Promise.all([
        runProgram(code(JSON.stringify({ file }))),
        runProgram(code("'stdout'").replace('2000', '100')),
      ]);
      expect(toFile.code).to.equal(3);
      expect(messages(readFileSync(file, 'utf8'))).to.have.length(2000);
      expect(messages(toStdout.stdout)).to.have.length(100);
    });

    it('R29 process.exit during a write to a file loses no line and keeps the order', async () => {
      const file = folder.path('exit-during.jsonl');
      const { code } = await runProgram(
        `configureLogging({ structured: true, destination: ${JSON.stringify({ file })} });
         let n = 0;
         const log = (until) => { for (; n < until; n++) getLogger().info(String(n)); };
         log(3000);
         setImmediate(() => { log(4000); process.exit(); });`,
      );
      expect(code).to.equal(0);
      expect(messages(readFileSync(file, 'utf8'))).to.deep.equal(Array.from({ length: 4000 }, (_, n) => String(n)));
    });

    it('R29 an uncaught exception loses no line of a file', async () => {
      const file = folder.path('crash.jsonl');
      const { code } = await runProgram(
        `configureLogging({ structured: true, destination: ${JSON.stringify({ file })} }); getLogger().info('one'); setImmediate(() => { getLogger().info('two'); throw new Error('crash'); });`,
      );
      expect(code).to.equal(1);
      expect(messages(readFileSync(file, 'utf8'))).to.deep.equal(['one', 'two']);
    });
  });

  describe('that fail', () => {
    describeWithTool(FULL_DEVICE, 'for want of room', () => {
      it('R29 a full disk is reported once, lines are kept and tried again, and what is left is counted', async () => {
        const said = await stderrOf(async () => {
          configureLogging({ structured: true, destination: { file: '/dev/full' } });
          for (let n = 0; n < 50; n++) getLogger().info('line');
          await until(() => stats().failed > 0);
          getLogger().info('another');
          expect(stats()).to.include({ written: 0, dropped: 0 });
          expect(stats().destinations[0]).to.include({ name: 'file /dev/full', pending: 51 });
          await shutdownLogging({ timeoutS: 0.2 });
        });
        expect(said.split('\n')[0]).to.match(
          /^penguiflow: log destination file \/dev\/full failed: Error: ENOSPC.*; lines are kept and tried again/,
        );
        expect(said.match(/failed/g)).to.have.length(1);
        expect(stats()).to.include({ written: 0, dropped: 51 });
      });
    });

    it('R29 a closed pipe ends neither the program nor its work, and is reported once', async () => {
      const { code, stderr } = await runProgram(
        `configureLogging({ structured: true });
         let n = 0;
         const timer = setInterval(() => {
           for (let i = 0; i < 50; i++) getLogger().info('line');
           if (++n < 5 || (loggingStats().dropped === 0 && n < 500)) return;
           clearInterval(timer);
           const { dropped, failed } = loggingStats();
           shutdownLogging().then(() => process.stderr.write('done ' + (dropped > 0) + (failed > 0)));
         }, 2);`,
        (child) => child.stdout?.once('data', () => child.stdout?.destroy()),
      );
      expect(stderr).to.match(
        /^penguiflow: log destination stdout failed: Error: write EPIPE; it gets no more lines\ndone truetrue$/,
      );
      expect(code).to.equal(0);
    });

    it('R29 a transport that throws loses that line and takes the next', async () => {
      const took: unknown[] = [];
      const transport = new Transport();
      transport.log = (info: { message: string }, next: () => void) => {
        if (info.message === 'bad') throw new RangeError('cannot');
        took.push(info.message);
        next();
      };
      const caught = new LineCatcher();
      const said = await stderrOf(async () => {
        configureLogging({ structured: true, destination: caught, transports: [transport] });
        for (const message of ['good', 'bad', 'bad', 'fine']) getLogger().info(message);
        await shutdownLogging();
      });
      expect(took).to.deep.equal(['good', 'fine']);
      expect(messages(caught.text)).to.deep.equal(['good', 'bad', 'bad', 'fine']);
      expect(said).to.match(
        /^penguiflow: log destination transport \w+ failed: RangeError: cannot; the line is lost for it\n$/,
      );
      expect(stats().destinations[1]).to.include({ written: 2, dropped: 2, failed: 2 });
    });

    it('R29 a transport that emits an error goes on, and the others do not notice', async () => {
      const transport = new SlowTransport();
      const caught = new LineCatcher();
      const said = await stderrOf(() => {
        configureLogging({ destination: caught, transports: [transport] });
        getLogger().info('one');
        transport.emit('error', new Error('connection lost'));
        getLogger().info('two');
      });
      await shutdownLogging();
      expect(said).to.contain('failed: Error: connection lost; it goes on with the next line');
      expect(transport.lines).to.have.length(2);
      expect(caught.lines).to.have.length(2);
    });

    it('R29 a stream that breaks gets no more lines, and the lines it had are counted', async () => {
      const broken = new Writable({ write: (_chunk, _encoding, callback) => callback(new Error('socket gone')) });
      const said = await stderrOf(async () => {
        configureLogging({ destination: broken });
        for (let n = 0; n < 3; n++) getLogger().info('line');
        await new Promise((resolve) => {
          broken.once('close', resolve);
        });
        getLogger().info('line');
      });
      expect(said.match(/penguiflow:/g)).to.have.length(1);
      expect(stats()).to.include({ written: 0, dropped: 4, failed: 1 });
    });
  });

  describe('that stall', () => {
    it('R29 are bounded: lines over the buffer are dropped and counted, and the count is logged on recovery', async () => {
      const stalled = new StalledStream();
      configureLogging({ structured: true, destination: stalled, bufferChars: 5000 });
      for (let n = 0; n < 500; n++) getLogger().info('line', { n });
      const { dropped } = stats();
      expect(dropped).to.be.within(400, 499);
      stalled.release();
      await until(() => stalled.text.includes('log lines were dropped'));
      await shutdownLogging();
      const lines = stalled.text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const notice = lines.filter((line) => line['logger'] === 'penguiflow.logging');
      expect(notice).to.have.length(1);
      expect(notice[0]).to.include({
        level: 'warn',
        message: 'log lines were dropped',
        destination: 'stream StalledStream',
        dropped,
      });
      expect(lines.length - 1).to.equal(500 - dropped);
      expect(lines.filter((line) => 'n' in line).every((line, n) => line['n'] === n)).to.equal(true);
    });

    it('R29 a file that is slower than the program loses no line and keeps the order', async () => {
      const file = folder.path('waits.log');
      configureLogging({ structured: true, destination: { file }, bufferChars: 5000 });
      const log = getLogger();
      for (let n = 0; n < 3000; n++) {
        log.info(String(n));
        // Now and then a write gets under way, which must be waited for as well.
        if (n % 100 === 0) await turn();
      }
      expect(stats().dropped).to.equal(0);
      await shutdownLogging();
      expect(messages(readFileSync(file, 'utf8'))).to.deep.equal(Array.from({ length: 3000 }, (_, n) => String(n)));
      expect(stats()).to.include({ written: 3000, dropped: 0, failed: 0 });
    });

    it("R29 with overflow: 'drop' lines over the buffer of a file are counted, and told of", async () => {
      const file = folder.path('drops.log');
      configureLogging({ structured: true, destination: { file }, bufferChars: 5000, overflow: 'drop' });
      for (let n = 0; n < 3000; n++) getLogger().info(String(n));
      const { dropped } = stats();
      expect(dropped).to.be.within(2900, 2999);
      await shutdownLogging();
      const lines = messages(readFileSync(file, 'utf8'));
      expect(lines.filter((message) => message !== 'log lines were dropped')).to.have.lengthOf(3000 - dropped);
    });

    it("R29 with overflow: 'wait' a stream that stalls is still bounded: lines over the buffer are dropped", () => {
      const stalled = new StalledStream();
      configureLogging({ structured: true, destination: stalled, bufferChars: 5000, overflow: 'wait' });
      for (let n = 0; n < 500; n++) getLogger().info('line');
      expect(stats().dropped).to.be.within(400, 499);
    });

    it('R29 do not hold up the other destinations', async () => {
      const stuck = new Transport();
      stuck.log = () => undefined;
      const caught = new LineCatcher();
      configureLogging({ destination: caught, transports: [stuck], bufferChars: 10_000 });
      for (let n = 0; n < 1000; n++) getLogger().info('line');
      expect(caught.lines).to.have.length(1000);
      expect(stats().destinations[1]!.dropped).to.be.greaterThan(500);
    });

    it('R29 a transport that was added to the winston logger itself does not hold up the destination either', async () => {
      const slow = new SlowTransport();
      const caught = new LineCatcher();
      configureLogging({ destination: caught });
      getLogger().add(slow);
      try {
        for (let n = 0; n < 200; n++) getLogger().info('line');
        expect(caught.lines).to.have.length(200);
        await until(() => slow.lines.length === 200);
      } finally {
        getLogger().remove(slow);
      }
    });

    describeWithTool(NAMED_PIPES, 'as named pipes do', () => {
      it('R29 a full named pipe keeps its lines until somebody reads', async () => {
        const pipe = folder.path('pipe');
        execFileSync('mkfifo', [pipe]);
        const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
        configureLogging({ structured: true, destination: { file: pipe } });
        for (let n = 0; n < 3000; n++) getLogger().info('line', { n });
        await until(() => (stats().destinations[0]?.pending ?? 0) > 0);
        let text = '';
        const buffer = Buffer.alloc(65_536);
        const read = (): void => {
          for (;;) {
            try {
              text += buffer.toString('utf8', 0, readSync(reader, buffer));
            } catch {
              return;
            }
          }
        };
        await until(() => {
          read();
          return stats().written === 3000;
        });
        read();
        closeSync(reader);
        expect(messages(text)).to.have.length(3000);
      });

      it('R29 a named pipe without a reader is refused at once', () => {
        const pipe = folder.path('unread');
        execFileSync('mkfifo', [pipe]);
        expect(() => configureLogging({ destination: { file: pipe } })).to.throw(/cannot be opened: Error: ENXIO/);
      });
    });
  });
});
