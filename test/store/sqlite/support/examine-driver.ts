import { storeConformance } from '#src/store/conformance/index.js';
import { loadDriver } from '#src/store/sqlite/drivers.js';
import type { DriverName } from '#src/store/sqlite/database.js';

import type { DriverReport } from './driver-report.js';
import { sqliteTarget } from './sqlite-target.js';

// node examine-driver.js DRIVER: the conformance suite on it, with threads and without.
const driver = process.argv[2] as DriverName;
const failed: string[] = [];
let passed = 0;
for (const worker of ['inline', 'threads'] as const) {
  for (const { title, run } of storeConformance(sqliteTarget({ driver, worker }))) {
    try {
      await run();
      passed += 1;
    } catch (error) {
      failed.push(`${title}, ${worker}: ${String(error)}`);
    }
  }
}
const report: DriverReport = { driver: loadDriver(driver).name, passed, failed };
process.stdout.write(JSON.stringify(report));
