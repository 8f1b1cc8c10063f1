import type { Carrier } from '#src/distributed/index.js';

/** `PENGUIFLOW_CHAOS=full npm run test:chaos` is as large as the targets say, and takes several minutes. */
export const IS_FULL = process.env['PENGUIFLOW_CHAOS'] === 'full';

/** The one that is wanted. */
export function sized(short: number, full: number): number {
  return IS_FULL ? full : short;
}

/** Of the leases, in seconds: what a dead process had is with others after that. */
export const LEASE_S = sized(3, 15);

/** The same carrier with another lease than that of the plan. */
export function leasedFor(leaseS: number, carrier: Carrier): Carrier {
  return {
    name: carrier.name,
    async open(options) {
      const session = await carrier.open(options);
      const provision = session.provision.bind(session);
      return Object.assign(session, {
        provision: (...[plan, mode]: Parameters<typeof provision>) => provision({ ...plan, leaseS }, mode),
      });
    },
  };
}
