import { FlowError } from '../../index.js';
import { invalidOption } from '../option-check.js';
import type { CarrierPlan } from './carrier-plan.js';

/**
 * How long an engine holds and keeps things for a flow, in seconds: options of a carrier. The engine has one value of each for a flow, and all processes go by it: what
 * is said is changed there, for all of them, as soon as one of them begins; what is left out stays as the engine has it.
 */
export interface CarrierTimes {
  /**
   * How long what is handed out is held without a renewal (D9): that long the work of a process waits that has died. Renewed several times in it, while the process lives. From 2
   * to 3,600.
   * @defaultValue what the engine has, at first 15
   */
  readonly leaseS?: number;
  /** How long the id of a message is known after it was stored (D6). At least `leaseS`. @defaultValue what the engine has, at first 120 */
  readonly dedupeS?: number;
  /** How long results and failures can be asked for (D17). At least `leaseS`. @defaultValue what the engine has, at first 300 */
  readonly keepS?: number;
}

/** What a flow has of which nobody has said anything. */
const DEFAULTS: Required<CarrierTimes> = { leaseS: 15, dedupeS: 120, keepS: 300 };
const MIN_LEASE_S = 2;
const MAX_LEASE_S = 3_600;

/** Names of the options. */
export const TIMES = ['leaseS', 'dedupeS', 'keepS'] as const satisfies readonly (keyof CarrierTimes)[];

/**
 * Those that are given.
 *
 * @param owner - whose options they are, as the user wrote it
 * @throws FlowError `INVALID_OPTION`
 */
export function checkedTimes(options: CarrierTimes, owner: string): CarrierTimes {
  const given = Object.fromEntries(
    TIMES.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
  const { leaseS, dedupeS, keepS } = { ...DEFAULTS, ...given } as Required<CarrierTimes>;
  if (!(typeof leaseS === 'number' && leaseS >= MIN_LEASE_S && leaseS <= MAX_LEASE_S)) {
    throw invalidOption('leaseS', owner, `${MIN_LEASE_S} to ${MAX_LEASE_S} (seconds)`, leaseS);
  }
  for (const [option, value] of [
    ['dedupeS', dedupeS],
    ['keepS', keepS],
  ] as const) {
    if (typeof value === 'number' && value >= leaseS && Number.isFinite(value)) continue;
    const hint = `Say \`${option}: ${leaseS}\` or more: what a process had sent when it died has to be known until others have its work.`;
    throw invalidOption(option, owner, `at least \`leaseS\`, ${leaseS} (seconds)`, value, hint);
  }
  return Object.freeze(given);
}

/** The times that an engine goes by. */
export function timesOf(plan: CarrierTimes | undefined): Required<CarrierTimes> {
  const { leaseS = DEFAULTS.leaseS, dedupeS = DEFAULTS.dedupeS, keepS = DEFAULTS.keepS } = plan ?? {};
  return { leaseS, dedupeS, keepS };
}

/**
 * A plan with all its times, as an engine keeps it: what it leaves out is as it was.
 * @throws FlowError `PLAN_CHANGED` when that does not fit what it says
 */
export function withTimes(had: CarrierPlan | undefined, wanted: CarrierPlan): CarrierPlan {
  const { leaseS, dedupeS, keepS } = timesOf({ ...timesOf(had), ...wanted });
  for (const [setting, value] of Object.entries({ dedupeS, keepS })) {
    if (value >= leaseS) continue;
    throw new FlowError('PLAN_CHANGED', {
      message: `Flow "${wanted.flow}" would have a \`${setting}\` of ${value} s at its engine, which is less than its \`leaseS\` of ${leaseS} s`,
      metadata: { flow: wanted.flow, leaseS, [setting]: value },
      hint: `Say both, \`leaseS\` and \`${setting}\`, in the options of the carrier.`,
    });
  }
  return { ...wanted, leaseS, dedupeS, keepS };
}
