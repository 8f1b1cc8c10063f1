import { hostname } from 'node:os';
import type { CreateFlowOptions, Provider, AnyProvider } from '../../index.js';
import type { Carrier } from '../carrier/carrier.js';
import { invalidOption } from '../option-check.js';

/**
 * Options of {@link serveFlow}, beside those of `createFlow`.
 *
 * @typeParam P - the types of the providers
 */
export interface ServeOptions<P extends readonly AnyProvider[] = readonly Provider[]> extends CreateFlowOptions<P> {
  /** The engine that carries messages between the processes. */
  readonly carrier: Carrier;
  /** The groups of `@Distributed` that run here. @defaultValue all of them */
  readonly groups?: readonly string[];
  /** Names the process in events and lines, unlike any other. @defaultValue host, process id and a random part */
  readonly workerId?: string;
  /** `ensure` has the engine make what the flow needs, `verify` makes nothing and fails where something lacks. @defaultValue 'ensure' */
  readonly provision?: 'ensure' | 'verify';
  /** Whose failures become dead letters: those of emits, which nobody waits for, or those of calls and streams as well. @defaultValue 'emits' */
  readonly deadLetters?: 'emits' | 'all';
  /** A message that was begun so often without an end, as its process ended, is put aside. @defaultValue 3 */
  readonly crashLimit?: number;
}

/** The options that are those of the worker, with every default. */
export interface WorkerOptions {
  readonly carrier: Carrier;
  readonly groups: readonly string[] | undefined;
  readonly workerId: string;
  readonly provision: 'ensure' | 'verify';
  readonly deadLetters: 'emits' | 'all';
  readonly crashLimit: number;
}

/**
 * Takes the options of the worker from those of the flow.
 * @throws FlowError `INVALID_OPTION`
 */
export function readServeOptions(
  options: ServeOptions<never>,
  owner: string,
): { readonly worker: WorkerOptions; readonly flow: CreateFlowOptions } {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) {
    throw invalidOption('options', owner, 'an object with `carrier`', given, 'Write `{ carrier: memoryCarrier() }`.');
  }
  const { carrier, groups, workerId, provision, deadLetters, crashLimit, ...flow } = options;
  const worker: WorkerOptions = {
    carrier,
    groups,
    workerId: workerId ?? defaultWorkerId(),
    provision: provision ?? 'ensure',
    deadLetters: deadLetters ?? 'emits',
    crashLimit: crashLimit ?? 3,
  };
  checkCarrier(worker.carrier, owner);
  if (groups !== undefined && !(Array.isArray(groups) && groups.length > 0 && groups.every(isName))) {
    throw invalidOption('groups', owner, 'a list of names of groups', groups);
  }
  if (!isName(worker.workerId)) throw invalidOption('workerId', owner, 'a text of 1 to 200 characters', workerId);
  checkOneOf('provision', worker.provision, ['ensure', 'verify'], owner);
  checkOneOf('deadLetters', worker.deadLetters, ['emits', 'all'], owner);
  if (!(Number.isInteger(worker.crashLimit) && worker.crashLimit >= 1)) {
    throw invalidOption('crashLimit', owner, 'a whole number >= 1', crashLimit);
  }
  return { worker, flow: flow as CreateFlowOptions };
}

/** @throws FlowError `INVALID_OPTION` */
export function checkCarrier(carrier: unknown, owner: string): void {
  if (typeof (carrier as Partial<Carrier> | null | undefined)?.open === 'function') return;
  throw invalidOption('carrier', owner, 'a carrier', carrier, 'Give `memoryCarrier()`, or `sqliteCarrier({ file })`.');
}

/** @throws FlowError `INVALID_OPTION` */
export function checkOneOf(option: string, value: string, allowed: readonly string[], owner: string): void {
  const list = allowed.map((each) => `'${each}'`).join(' or ');
  if (!allowed.includes(value)) throw invalidOption(option, owner, list, value);
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= 200;
}

function defaultWorkerId(): string {
  return `${hostname()}-${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
}
