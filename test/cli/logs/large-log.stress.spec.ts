import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect } from 'chai';

import { PROGRAM, quietEnv } from '../support/command-line.js';
import { FORMATS, record } from '../support/log-lines.js';
import { useTempFolder } from '../support/temp-folder.js';

const MB = 1024 * 1024;
/** Says on stderr how much memory the process had at most. */
const REPORT = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => process.stderr.write(`maxRSS ${process.resourceUsage().maxRSS}`))",
)}`;

describe('penguiflow logs, on a log of 300 MB', () => {
  const folder = useTempFolder();
  let lines = 0;

  beforeEach(() => {
    lines = 0;
    const formats = Object.values(FORMATS);
    const block = Array.from({ length: 3_000 }, (_, at) =>
      formats[at % 3]!(
        record({ message: `line ${at}`, fields: { sku: `fish-${at}`, weight: at / 7, text: 'x'.repeat(at % 200) } }),
      ),
    );
    const bytes = Buffer.from(`${block.join('\n')}\n`);
    const file = openSync(folder.file('app.log'), 'w');
    for (let written = 0; written < 300 * MB; written += bytes.length) {
      writeSync(file, bytes);
      lines += block.length;
    }
    closeSync(file);
  });

  for (const way of ['named', 'piped'] as const) {
    // What comes in through a pipe is in buffers of Node, which go when it collects garbage.
    const most = way === 'named' ? 100 : 150;
    it(`stays below ${most} MB of memory when the log is ${way}`, async () => {
      const child = spawn(
        process.execPath,
        ['--import', REPORT, PROGRAM, 'logs', ...(way === 'named' ? [folder.file('app.log')] : [])],
        {
          env: quietEnv(),
        },
      );
      if (way === 'piped') createReadStream(folder.file('app.log')).pipe(child.stdin);
      let shown = 0;
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => {
        for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) shown += 1;
      });
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
      await once(child, 'close');
      expect(shown).to.equal(lines);
      const [, kilobytes] = /maxRSS (\d+)/.exec(stderr) ?? [];
      expect(Number(kilobytes))
        .to.be.greaterThan(0)
        .and.lessThan(most * 1024);
    }).timeout(120_000);
  }
});
