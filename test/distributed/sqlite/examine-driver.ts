import { carrierConformance } from '#src/distributed/conformance/index.js';
import type { DriverName } from '#src/store/sqlite/database.js';
import { loadDriver } from '#src/store/sqlite/drivers.js';

import type { DriverReport } from '../../store/sqlite/support/driver-report.js';
import { sqliteTarget } from './sqlite-target.js';

/** Cases wait most of their time, as it is real. */
const BESIDE = 6;
/** What is about clocks, threads and randomness is the same with any driver. */
const LEFT_OUT = /\bD9\b|\bD25\b|\(seed /;

// node examine-driver.js DRIVER: the cases of the conformance suite that ask much of a file.
const driver = process.argv[2] as DriverName;
const left = carrierConformance(sqliteTarget(driver)).filter(({ title }) => !LEFT_OUT.test(title));
const again: typeof left = [];
const failed: string[] = [];
let passed = 0;

async function runLeft(
  cases: typeof left,
  refused: (each: (typeof left)[number], error: unknown) => void,
): Promise<void> {
  for (let next = cases.shift(); next !== undefined; next = cases.shift()) {
    try {
      await next.run();
      passed += 1;
    } catch (error) {
      refused(next, error);
    }
  }
}

await Promise.all(Array.from({ length: BESIDE }, () => runLeft(left, (each) => again.push(each))));
// Beside others it may have had too little time; alone it has not.
await runLeft(again, ({ title }, error) => failed.push(`${title}: ${String(error)}`));
const report: DriverReport = { driver: loadDriver(driver).name, passed, failed };
process.stdout.write(JSON.stringify(report));
