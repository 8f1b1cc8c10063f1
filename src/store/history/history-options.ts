import { redact as redactValue } from '../../index.js';
import type { KeepPolicy } from '../flow-store.js';
import type { RunnerFacts } from './history-writer.js';
import { checkKnown, invalidStoreOption, readCount } from '../store-options.js';

/** Which payloads are kept. */
export type KeptPayloads = 'failed' | 'ingress' | 'all' | 'none';

/** Encrypts what lies in the store. */
export interface PayloadSeal {
  seal(bytes: Uint8Array): Uint8Array;
  /** @throws for what it did not seal */
  open(bytes: Uint8Array): Uint8Array;
}

/** Options of {@link FlowHistory}. */
export interface FlowHistoryOptions {
  /**
   * `failed`: of a run that fails, what came in (the first 16 messages) and what the node failed on, as they are then; `ingress`: what
   * comes in; `all`: every message; `none`.
   * @defaultValue 'failed'
   */
  readonly payloads?: KeptPayloads;
  /** How long runs stay. @defaultValue for ever */
  readonly keep?: KeepPolicy;
  /** Longest time between what happens and its row, in milliseconds. @defaultValue 50 */
  readonly flushMs?: number;
  /** Rows that may wait for a slow store; above half of it new runs are not recorded. @defaultValue 65,536 */
  readonly bufferRows?: number;
  /** Bytes of payloads that may wait for a slow store; beyond it they are not kept. @defaultValue 64 MiB */
  readonly payloadBytes?: number;
  /** Largest payload, in bytes. @defaultValue 1 MiB */
  readonly maxPayloadBytes?: number;
  /** Hides secrets in previews, in meta and in the texts of errors. @defaultValue `redact` */
  readonly redact?: (value: unknown) => unknown;
  /** Encrypts payloads. @defaultValue they are kept as they are */
  readonly seal?: PayloadSeal;
}

/** {@link FlowHistoryOptions} with the defaults. */
export interface HistorySettings {
  readonly payloads: KeptPayloads;
  readonly keep: KeepPolicy;
  readonly flushMs: number;
  readonly bufferRows: number;
  readonly payloadBytes: number;
  readonly maxPayloadBytes: number;
  readonly redact: (value: unknown) => unknown;
  readonly seal: PayloadSeal | undefined;
}

/** How a history is set up, and how it stands. */
export interface HistoryFacts {
  /** The options as they count, but for the functions. */
  readonly settings: Omit<HistorySettings, 'redact' | 'seal'> & { readonly isSealed: boolean };
  /** Who writes to the store: this process first, once it has a number, then those that were there when it last looked. */
  readonly runners: readonly RunnerFacts[];
  /** Why the store takes nothing just now. */
  readonly degraded: string | undefined;
}

const OWNER = 'FlowHistory';
const OPTIONS: readonly (keyof FlowHistoryOptions)[] = [
  'payloads',
  'keep',
  'flushMs',
  'bufferRows',
  'payloadBytes',
  'maxPayloadBytes',
  'redact',
  'seal',
];
const KEPT: readonly unknown[] = ['failed', 'ingress', 'all', 'none'];
const KEEP: readonly (keyof KeepPolicy)[] = ['successS', 'failedS', 'maxRuns', 'maxBytes'];

/** @throws FlowError `INVALID_OPTION` */
export function readHistoryOptions(options: FlowHistoryOptions): HistorySettings {
  checkKnown(options, OPTIONS, OWNER);
  const { payloads = 'failed', keep = {}, redact = redactValue, seal } = options;
  if (!KEPT.includes(payloads))
    throw invalidStoreOption('payloads', OWNER, "'failed', 'ingress', 'all' or 'none'", payloads);
  if (typeof redact !== 'function') throw invalidStoreOption('redact', OWNER, 'a function', redact);
  if (seal !== undefined && !(typeof seal?.seal === 'function' && typeof seal.open === 'function')) {
    throw invalidStoreOption('seal', OWNER, 'an object with `seal()` and `open()`', seal);
  }
  return {
    payloads,
    keep: readKeep(keep),
    flushMs: readCount('flushMs', OWNER, options.flushMs, 50, 60_000),
    bufferRows: readCount('bufferRows', OWNER, options.bufferRows, 65_536, 2 ** 24),
    payloadBytes: readCount('payloadBytes', OWNER, options.payloadBytes, 64 * 2 ** 20, 2 ** 40),
    maxPayloadBytes: readCount('maxPayloadBytes', OWNER, options.maxPayloadBytes, 2 ** 20, 2 ** 30),
    redact,
    seal,
  };
}

function readKeep(keep: KeepPolicy): KeepPolicy {
  const owner = `keep of ${OWNER}`;
  checkKnown(keep, KEEP, owner);
  for (const option of KEEP) {
    const value: unknown = keep[option];
    if (value === undefined || (typeof value === 'number' && value > 0 && isKept(option, value))) continue;
    throw invalidStoreOption(option, owner, option.endsWith('S') ? 'a number > 0' : 'a whole number > 0', value);
  }
  return { ...keep };
}

/** Runs and bytes are whole, seconds need not be. */
function isKept(option: keyof KeepPolicy, value: number): boolean {
  return option.endsWith('S') ? Number.isFinite(value) : Number.isSafeInteger(value);
}
