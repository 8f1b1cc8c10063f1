// Mocha's spec reporter, which also leaves its counts in the file that MOCHA_COUNTS names, for the closing line of `.ci/run`.
import { writeFileSync } from 'node:fs';
import mocha from 'mocha';

export default class CiReporter extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures } = runner.stats;
      if (process.env.MOCHA_COUNTS) writeFileSync(process.env.MOCHA_COUNTS, `${passes} ${failures}\n`);
    });
  }
}
