import { expect } from 'chai';
import fc from 'fast-check';
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { configureLogging } from '#src/logging/configure-logging.js';
import { loggingStats, shutdownLogging } from '#src/logging/shutdown-logging.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import type { LoggingOptions } from '#src/logging/sinks/logging-config.js';
import { LineCatcher } from '../../support/line-catcher.js';
import { SlowTransport, Transport } from '../support/slow-transport.js';
import { stderrOf } from '../support/stderr-catcher.js';
import { useStats } from '../support/stats-since.js';
import { temporaryFolder } from '../support/temporary-folder.js';

class StuckTransport extends Transport {
  override log(): void {}
}

/** Answers for its line once it is closed, which is too late. */
class LateTransport extends Transport {
  readonly #failure: Error | undefined;
  #answer: ((error?: Error) => void) | undefined;

  constructor(failure: Error | undefined) {
    super();
    this.#failure = failure;
  }

  override log(_info: unknown, next: (error?: Error) => void): void {
    this.#answer = next;
  }

  override end(): this {
    this.#answer?.(this.#failure);
    return super.end();
  }
}

describe('loggingStats', () => {
  const folder = temporaryFolder();
  const stats = useStats();

  afterEach(async () => {
    await stderrOf(() => shutdownLogging({ timeoutS: 0.05 }));
  });

  const kinds: Record<string, () => LoggingOptions> = {
    file: () => ({ destination: { file: folder.path('a.log') } }),
    'another file': () => ({ destination: { file: folder.path('b.log') } }),
    'small file': () => ({ destination: { file: folder.path('a.log') }, bufferChars: 300, overflow: 'drop' }),
    stream: () => ({ destination: new LineCatcher() }),
    'broken stream': () => ({
      destination: new Writable({ write: (_chunk, _encoding, callback) => callback(new Error('gone')) }),
    }),
    'slow transport': () => ({ destination: 'none', transports: [new SlowTransport(3)] }),
    'stuck transport': () => ({ destination: 'none', transports: [new StuckTransport()] }),
    nothing: () => ({ destination: 'none' }),
  };
  const step = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('configure' as const), kind: fc.constantFrom(...Object.keys(kinds)) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('log' as const), lines: fc.integer({ min: 1, max: 30 }) }) },
    { weight: 1, arbitrary: fc.constant({ do: 'shutdown' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'turn' as const }) },
  );

  const replacedWhileWriting: (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[] = [
    { do: 'configure', kind: 'stream' },
    { do: 'log', lines: 24 },
    { do: 'turn' },
    { do: 'configure', kind: 'stream' },
    { do: 'log', lines: 8 },
  ];

  it('R29 never goes back, and tells of each line, whatever is configured anew', async () => {
    await stderrOf(() =>
      fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const before = loggingStats();
          let last = before;
          let takes = false;
          let logged = 0;
          const check = (): void => {
            const now = loggingStats();
            for (const name of ['written', 'dropped', 'failed'] as const)
              expect(now[name], name).to.be.at.least(last[name]);
            for (const each of now.destinations) {
              const earlier = last.destinations.find(({ name }) => name === each.name);
              expect(each.written, each.name).to.be.at.least(earlier?.written ?? 0);
              expect(each.dropped, each.name).to.be.at.least(earlier?.dropped ?? 0);
            }
            last = now;
          };
          for (const each of steps) {
            if (each.do === 'configure') {
              configureLogging({ structured: true, ...kinds[each.kind]!() });
              takes = each.kind !== 'nothing';
            } else if (each.do === 'log') {
              for (let n = 0; n < each.lines; n++) getLogger().info('line');
              if (takes) logged += each.lines;
            } else if (each.do === 'shutdown') {
              await shutdownLogging({ timeoutS: 0.02 });
              takes = false;
            } else {
              await turn();
            }
            check();
          }
          await shutdownLogging({ timeoutS: 0.02 });
          check();
          // A word about lines that were dropped is a line, too.
          expect(last.written - before.written + last.dropped - before.dropped).to.be.within(
            logged,
            logged + steps.length,
          );
        }),
        { numRuns: 60, examples: [[replacedWhileWriting]] },
      ),
    );
  }).timeout(60_000);

  it('R29 counts the lines of a destination that was replaced and lost them', async () => {
    configureLogging({ structured: true, destination: 'none', transports: [new StuckTransport()] });
    for (let n = 0; n < 100; n++) getLogger().info('line');
    configureLogging({ structured: true, destination: new LineCatcher() });
    getLogger().info('one');
    let result: unknown;
    const said = await stderrOf(async () => {
      result = await shutdownLogging({ timeoutS: 0.05 });
    });
    expect(said).to.contain('took too long to close; 100 lines are lost');
    expect(result).to.deep.equal({ dropped: 100, unflushed: ['transport StuckTransport'] });
    expect(stats()).to.include({ written: 1, dropped: 100 });
  });

  it('R29 counts a line once that its transport takes, or refuses, after it was given up', async () => {
    for (const failure of [undefined, new Error('refused')]) {
      const before = loggingStats();
      configureLogging({ structured: true, destination: 'none', transports: [new LateTransport(failure)] });
      getLogger().info('line');
      const said = await stderrOf(() => shutdownLogging({ timeoutS: 0.02 }));
      const after = loggingStats();
      expect(said).to.contain('took too long to close; 1 lines are lost');
      expect([after.written - before.written, after.dropped - before.dropped], String(failure)).to.deep.equal([0, 1]);
    }
  });

  it('R29 counts a destination that has the name of an earlier one on from that one', async () => {
    for (let round = 1; round <= 3; round++) {
      configureLogging({ structured: true, destination: { file: folder.path('again.log') } });
      getLogger().info('line');
      await shutdownLogging();
      expect(stats().destinations[0]).to.include({ written: round, pending: 0 });
    }
  });
});
