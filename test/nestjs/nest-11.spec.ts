import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { CHROMIUM, launchChromium } from '../support/chromium.js';
import { describeWithTool } from '../support/needs-tool.js';
import { ADAPTERS } from './support/run-app.js';

const run = promisify(execFile);
const project = 'test/nestjs/nest-11';

// A CommonJS project of its own, which has NestJS 11 in its node_modules and this package as an install would put it there.
describe('penguiflow/nestjs on NestJS 11, from CommonJS', function () {
  this.timeout(60_000);

  before(async () => {
    const installed = join(project, 'node_modules/penguiflow');
    await rm(installed, { recursive: true, force: true });
    await cp('lib', join(installed, 'lib'), { recursive: true });
    await cp('package.json', join(installed, 'package.json'));
    await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project]).catch((error: unknown) =>
      expect.fail((error as { readonly stdout: string }).stdout),
    );
  });

  for (const adapter of ADAPTERS) {
    it(`I16 serves, streams, logs, is inspected and shuts down on ${adapter}`, async () => {
      const { stdout } = await run(process.execPath, ['out/main.js', adapter], { cwd: project, timeout: 30_000 });
      const seen = JSON.parse(stdout) as Record<string, unknown>;
      expect(seen['nest']).to.match(/^11\./);
      expect(seen['called']).to.deep.equal([201, 'r-1', { text: 'abc: 3' }]);
      expect(seen['failed']).to.deep.equal([
        502,
        { statusCode: 502, code: 'NODE_EXCEPTION', message: 'A step of the work failed.', traceId: 'r-2' },
      ]);
      expect(seen['streamed']).to.match(
        /^: r-3\n\nevent: chunk\nid: 0\n.*\n\nevent: result\ndata: \{"text":"abc: 3"\}\n\n$/,
      );
      expect(seen['ofFirst']).to.deep.equal([
        'taken',
        'trace_start',
        'pricing',
        'node_success',
        'node_success',
        'trace_end',
      ]);
      expect(seen['contexts']).to.include.members(['NestFactory', 'RouterExplorer', 'Orders']);
      expect(seen['inspected']).to.deep.equal(['r-2 Price']);
      expect(seen['sameErrorClass']).to.equal(true);
    });
  }

  describeWithTool(CHROMIUM, 'in a browser', () => {
    for (const adapter of ADAPTERS) {
      it(`I8 I14 I16 shows on ${adapter} what failed, and asks nobody else`, async () => {
        const args = ['out/main.js', adapter, 'stay'];
        const app = spawn(process.execPath, args, { cwd: project, stdio: ['pipe', 'pipe', 'inherit'] });
        const ended = once(app, 'exit');
        const browser = await launchChromium();
        try {
          const [said] = (await once(createInterface(app.stdout), 'line')) as [string];
          const { url, token, nest } = JSON.parse(said) as Readonly<Record<'url' | 'token' | 'nest', string>>;
          expect(nest).to.match(/^11\./);
          const problems: string[] = [];
          const page = await browser.newPage();
          page.on('pageerror', (error) => problems.push(String(error)));
          page.on('console', (message) => {
            if (message.type() === 'error') problems.push(message.text());
          });
          page.on('request', (request) => {
            if (!request.url().startsWith(url) || request.url().includes(token)) problems.push(request.url());
          });
          await page.goto(`${url}/#token=${token}`);
          await page.getByText('live', { exact: true }).waitFor();
          await page.getByRole('link', { name: 'Traces' }).click();
          await page.locator('a.run-row', { hasText: 'r-2' }).click();
          await page.locator('.trace-error', { hasText: 'secret' }).waitFor();
          expect(problems).to.deep.equal([]);
        } finally {
          await browser.close();
          app.stdin.end();
          await ended;
        }
      });
    }
  });
});
