import { chmodSync, closeSync, existsSync, openSync, realpathSync, statfsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { storeError } from './store-error.js';

/** File systems that are on another machine, by the number that `statfs` gives them: their locks are not those that SQLite needs. */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x69_69, 'NFS'],
  [0x51_7b, 'SMB'],
  [0xff_53_4d_42, 'CIFS'],
  [0xfe_53_4d_42, 'SMB2'],
  [0x53_46_41_4f, 'AFS'],
  [0x01_02_19_97, '9p'],
  [0x00_c3_64_00, 'Ceph'],
  [0x0b_d0_0b_d3, 'Lustre'],
  [0x47_50_46_53, 'GPFS'],
  [0x01_16_19_70, 'GFS2'],
  [0x74_61_63_30, 'OCFS2'],
  [0x78_6f_42_56, 'vboxsf'],
]);

/** Only the user may read what is kept: it is the real data. */
const MODE = 0o600;
const HINT = 'Name a file on a disk of this machine, or keep history in a database server.';

/** The one name of a file, whatever leads to it. Its folder has to be there. */
export function placeOf(file: string): string {
  try {
    return existsSync(file) ? realpathSync(file) : join(realpathSync(dirname(file)), basename(file));
  } catch (error) {
    throw storeError(
      'STORE_UNAVAILABLE',
      file,
      'its folder is not there',
      error,
      `Make the folder ${JSON.stringify(dirname(file))}.`,
    );
  }
}

/**
 * Makes the file if it is not there, so that nobody else may read it.
 * @param statfs - of the folder, as Node gives it
 * @throws FlowError `STORE_FILE_UNSUPPORTED` on a file system that is on another machine
 */
export function prepareFile(file: string, statfs?: StatFs): void {
  const remote = remoteFileSystem(file, statfs);
  if (remote !== undefined) {
    const why = `its folder is on ${remote}, where the locks of SQLite do not hold`;
    throw storeError('STORE_FILE_UNSUPPORTED', file, why, undefined, HINT);
  }
  makePrivate(file);
}

/** What tells the file system of a folder. */
type StatFs = (folder: string) => { readonly type: number };

/** The file system that the folder of a file is on, where that is on another machine. */
export function remoteFileSystem(file: string, statfs: StatFs = statfsSync): string | undefined {
  return REMOTE.get(statfs(dirname(file)).type >>> 0);
}

/** Makes the file if it is not there, so that nobody else may read it. */
export function makePrivate(file: string): void {
  if (existsSync(file)) return;
  closeSync(openSync(file, 'a', MODE));
  // Whatever the mask of the process says. What SQLite puts beside it has the mode of the file.
  chmodSync(file, MODE);
}

/** The error for a place where SQLite gets no shared memory beside the file. */
export function noSharedMemory(file: string, mode: unknown): unknown {
  const why = `its file system has no locks for several readers: SQLite keeps its journal as ${JSON.stringify(mode)} there`;
  return storeError('STORE_FILE_UNSUPPORTED', file, why, undefined, HINT);
}
