import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { configureLogging } from '#src/logging/configure-logging.js';
import { shutdownLogging } from '#src/logging/shutdown-logging.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import { inAttempt } from '../support/in-attempt.js';
import { SlowTransport } from '../support/slow-transport.js';
import { statsSince } from '../support/stats-since.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describe('correlation under load', () => {
  const folder = temporaryFolder();

  afterEach(() => shutdownLogging());

  it('R26 R29 64 interleaved attempts, 100,000 lines, a slow transport and a file: none wrong, none missing', async function () {
    this.timeout(20_000);
    const file = folder.path('interleaved.jsonl');
    const slow = new SlowTransport(25);
    const stats = statsSince();
    configureLogging({ structured: true, destination: { file }, transports: [slow] });
    const log = getLogger('work');
    const contexts = 64;
    const each = 100_000 / contexts;
    let done = 0;
    const attempts = Array.from({ length: contexts }, (_, index) =>
      inAttempt(
        async () => {
          for (let n = 0; n < each; n++) {
            log.info('step', { n, owner: `t-${index}`, trace_id: 'forged' });
            done++;
            if (n % 32 === index % 32) await turn();
            else if (n % 8 === 0) await Promise.resolve();
          }
        },
        { trace_id: `t-${index}`, attempt: index },
      ),
    );
    await Promise.all(attempts);
    await shutdownLogging({ timeoutS: 15 });
    expect(done).to.be.at.least(100_000);
    for (const lines of [slow.lines, readFileSync(file, 'utf8').split('\n').slice(0, -1)]) {
      const next = new Array<number>(contexts).fill(0);
      let wrong = 0;
      for (const line of lines) {
        const { trace_id, owner, n, attempt } = JSON.parse(line) as {
          trace_id: string;
          owner: string;
          n: number;
          attempt: number;
        };
        if (trace_id !== owner || attempt !== Number(owner.slice(2)) || n !== next[attempt]) wrong++;
        next[attempt]!++;
      }
      expect(wrong, 'wrong lines').to.equal(0);
      expect(lines.length, 'lines').to.equal(done);
    }
    expect(stats()).to.include({ written: 2 * done, dropped: 0, failed: 0 });
  });
});
