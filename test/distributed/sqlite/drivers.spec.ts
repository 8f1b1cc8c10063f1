import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect } from 'chai';

import { expectAllPassed } from '../../store/sqlite/support/driver-report.js';
import {
  BETTER_SQLITE3,
  DRIVERS_PATH,
  NODE_SQLITE,
  NODE_WITH_SQLITE,
} from '../../store/sqlite/support/more-drivers.js';
import { describeWithTool } from '../../support/needs-tool.js';

const EXAMINE = fileURLToPath(new URL('examine-driver.js', import.meta.url));
const run = promisify(execFile);

describe('drivers of sqliteCarrier', function () {
  this.timeout(180_000);

  describeWithTool(NODE_SQLITE, 'node:sqlite', () => {
    it('H15 D2 D6 D11 D12 D14 D16 D17 D24 passes the conformance suite, without a warning', async () => {
      const { stdout, stderr } = await run(NODE_WITH_SQLITE, [EXAMINE, 'node']);
      expect(stderr).to.equal('');
      expectAllPassed(stdout, 'node', 50);
    });
  });

  describeWithTool(BETTER_SQLITE3, 'better-sqlite3', () => {
    it('H15 D2 D6 D11 D12 D14 D16 D17 D24 passes the conformance suite', async () => {
      const env = { ...process.env, NODE_PATH: DRIVERS_PATH };
      expectAllPassed((await run(NODE_WITH_SQLITE, [EXAMINE, 'better-sqlite3'], { env })).stdout, 'better-sqlite3', 50);
    });
  });
});
