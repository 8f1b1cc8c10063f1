import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { FlowError } from '../../index.js';

/**
 * The one name of a file, whatever leads to it.
 * @throws FlowError `STORE_UNAVAILABLE` when its folder is not there
 */
export function placeOf(file: string): string {
  try {
    return existsSync(file) ? realpathSync(file) : join(realpathSync(dirname(file)), basename(file));
  } catch (cause) {
    throw new FlowError('STORE_UNAVAILABLE', {
      message: `The file ${JSON.stringify(file)} of the carrier cannot be used: its folder is not there`,
      metadata: { file },
      cause,
      hint: `Make the folder ${JSON.stringify(dirname(file))}.`,
    });
  }
}
