import { execFile } from 'node:child_process';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { loadDriver } from '#src/store/sqlite/drivers.js';
import { withoutSqliteWarning } from '#src/store/sqlite/sqlite-warning.js';

import { describeWithTool } from '../../support/needs-tool.js';
import { thrownBy } from '../../support/thrown-by.js';
import { catchWarnings } from '../../support/warning-catcher.js';
import { expectAllPassed } from './support/driver-report.js';
import { BETTER_SQLITE3, DRIVERS_PATH, NODE_SQLITE, NODE_WITH_SQLITE } from './support/more-drivers.js';

const EXAMINE = fileURLToPath(new URL('support/examine-driver.js', import.meta.url));
const run = promisify(execFile);

describe('drivers of sqliteStore', () => {
  it('H15 takes node:sqlite where Node has it, else a package that is there', () => {
    expect(loadDriver('auto').name).to.equal(isBuiltin('node:sqlite') ? 'node' : 'libsql');
    expect(loadDriver('libsql').name).to.equal('libsql');
  });

  for (const [driver, fix] of [
    ['auto', 'npm install better-sqlite3'],
    ['node', 'Node 22.13'],
    ['better-sqlite3', 'npm install better-sqlite3'],
    ['libsql', 'npm install libsql'],
  ] as const) {
    it(`H15 STORE_DRIVER_MISSING for ${driver} says what to install`, () => {
      const error = thrownBy(() => loadDriver(driver, nothingIsThere)) as FlowError;
      expect(FlowError.is(error, 'STORE_DRIVER_MISSING')).to.equal(true);
      expect(error.hint).to.contain(fix);
      expect(error.metadata).to.deep.equal({ driver, node: process.versions.node });
      expect(error.cause).to.be.instanceOf(Error);
    });
  }

  it('H15 leaves alone a better-sqlite3 that would end the process of an older Node', () => {
    const loaded: string[] = [];
    const require = (name: string): unknown => {
      loaded.push(name);
      if (name === 'node:sqlite') nothingIsThere(name);
      return name.endsWith('package.json') ? { version: '13.2.0' } : class {};
    };
    const error = thrownBy(() => loadDriver('better-sqlite3', require, '20.20.2')) as FlowError;
    expect(FlowError.is(error, 'STORE_DRIVER_MISSING')).to.equal(true);
    expect(error.hint).to.contain('npm install better-sqlite3@12');
    expect(loadDriver('auto', require, '20.20.2').name).to.equal('libsql');
    expect(loaded).not.to.include('better-sqlite3');
    expect((thrownBy(() => loadDriver('auto', nothingIsThere, '20.20.2')) as FlowError).hint).to.contain(
      'better-sqlite3@12',
    );
    expect(loadDriver('auto', require, '22.13.0').name).to.equal('better-sqlite3');
  });

  describeWithTool(NODE_SQLITE, 'node:sqlite', () => {
    it('H1 H6 H11 H13 H15 passes the conformance suite, without a warning', async function () {
      this.timeout(120_000);
      const { stdout, stderr } = await run(NODE_WITH_SQLITE, [EXAMINE, 'node']);
      expect(stderr).to.equal('');
      expectAllPassed(stdout, 'node', 80);
    });
  });

  describe('node:sqlite, while it loads', () => {
    const warnings = catchWarnings('ExperimentalWarning');

    it('H15 warns of what is no experiment of SQLite', async () => {
      const sqlite = 'SQLite is an experimental feature and might change at any time';
      const loaded = withoutSqliteWarning(() => {
        process.emitWarning(sqlite, 'ExperimentalWarning');
        process.emitWarning('the ice is thin', 'ExperimentalWarning');
        return 'it';
      });
      expect(loaded).to.equal('it');
      process.emitWarning(sqlite, 'ExperimentalWarning');
      await new Promise(setImmediate);
      expect(warnings.map(({ message }) => message)).to.deep.equal(['the ice is thin', sqlite]);
    });
  });

  describeWithTool(BETTER_SQLITE3, 'better-sqlite3', () => {
    it('H1 H6 H11 H13 H15 passes the conformance suite', async function () {
      this.timeout(120_000);
      const env = { ...process.env, NODE_PATH: DRIVERS_PATH };
      expectAllPassed((await run(NODE_WITH_SQLITE, [EXAMINE, 'better-sqlite3'], { env })).stdout, 'better-sqlite3', 80);
    });
  });
});

function nothingIsThere(name: string): never {
  throw new Error(`Cannot find module '${name}'`);
}
