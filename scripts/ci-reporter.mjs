// Mocha's spec reporter, which also writes its counts into the folder that MOCHA_COUNTS names, a file for each
// process, for the closing line of `.ci/run`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import mocha from 'mocha';

export default class CiReporter extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures } = runner.stats;
      const folder = process.env.MOCHA_COUNTS;
      if (folder) writeFileSync(join(folder, String(process.pid)), `${passes} ${failures}\n`);
    });
  }
}
