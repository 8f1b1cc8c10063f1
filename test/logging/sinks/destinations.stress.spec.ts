import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import winston from 'winston';
import { configureLogging } from '#src/logging/configure-logging.js';
import { shutdownLogging } from '#src/logging/shutdown-logging.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import { useStats } from '../support/stats-since.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describe('destinations under load', () => {
  const folder = temporaryFolder();
  const stats = useStats();

  afterEach(() => shutdownLogging());

  it('R29 100,000 lines, then shutdown: 100,000 lines in the file', async () => {
    const file = folder.path('burst.jsonl');
    configureLogging({ structured: true, destination: { file } });
    const log = getLogger();
    for (let n = 0; n < 100_000; n++) log.info('line', { n });
    await shutdownLogging();
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    expect(lines).to.have.length(100_000);
    expect(lines.every((line, n) => line.endsWith(`"n":${n}}`))).to.equal(true);
    expect(stats()).to.include({ written: 100_000, dropped: 0, failed: 0 });
  });

  it("R29 100,000 lines, then shutdown: 100,000 lines in a file of winston's own transport", async () => {
    const file = folder.path('winston.jsonl');
    configureLogging({
      structured: true,
      destination: 'none',
      transports: [new winston.transports.File({ filename: file })],
    });
    const log = getLogger();
    for (let n = 0; n < 100_000; n++) log.info('line', { n });
    await shutdownLogging();
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    expect(lines).to.have.length(100_000);
    expect(stats()).to.include({ written: 100_000, dropped: 0, failed: 0 });
  });
});
