import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
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
});
