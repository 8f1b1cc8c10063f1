/** `PENGUIFLOW_CHAOS=full npm run test:chaos` is as large as the targets say, and takes several minutes. */
const IS_FULL = process.env['PENGUIFLOW_CHAOS'] === 'full';

/** The one that is wanted. */
export function sized(short: number, full: number): number {
  return IS_FULL ? full : short;
}

/** Of the leases, in seconds: what a dead process had is with others after that. */
export const LEASE_S = sized(3, 15);

/** Of a test: for machines that do other things as well. */
export const TIMEOUT_MS = sized(180_000, 900_000);
