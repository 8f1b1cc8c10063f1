// Mocha's spec reporter, which also adds its counts to the file that MOCHA_COUNTS names, for the closing line of `.ci/run`.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import mocha from 'mocha';

export default class CiReporter extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures } = runner.stats;
      const file = process.env.MOCHA_COUNTS;
      if (!file) return;
      const [passed, failed] = existsSync(file) ? readFileSync(file, 'utf8').split(' ').map(Number) : [0, 0];
      writeFileSync(file, `${passed + passes} ${failed + failures}\n`);
    });
  }
}
