import { FlowError } from '../../index.js';

/** Depth to which values may lie in each other. */
export const MAX_DEPTH = 64;

/** Where a value lies in a payload: names of fields, numbers of elements. */
export type ValuePath = readonly (string | number)[];

/** What is wrong with a value that is to cross. */
export interface Refusal {
  /** What it is, completing "is": `a function`. Never the value. */
  readonly what: string;
  /** One word for programs: `function`, `cycle`. */
  readonly kind: string;
  /** Name of its class, where it is of one. */
  readonly className?: string;
  readonly hint: string;
  readonly cause?: unknown;
}

const LONGEST_STEP = 40;
const MOST_STEPS = 12;
/** Names of fields that need no quotes. */
const PLAIN_STEP = /^[\p{L}_$][\p{L}\p{N}_$]*$/u;

/** What cannot be sent: says where it lies and what it is, and nothing of what is in it. */
export function notEncodable(path: ValuePath, { what, kind, className, hint, cause }: Refusal): FlowError {
  const place = placeOf(path);
  return new FlowError('NOT_ENCODABLE', {
    message: `\`${place}\` is ${what}, which does not cross between processes`,
    hint,
    cause,
    metadata: { path: place, kind, class: className },
  });
}

/** What came and cannot be read: nobody of ours has written it. */
export function notDecodable(path: ValuePath, what: string, cause?: unknown): FlowError {
  const place = placeOf(path);
  return new FlowError('NOT_DECODABLE', {
    message: `\`${place}\` of a message that came is ${what}`,
    cause,
    metadata: { path: place },
  });
}

/**
 * @param what - is too large: `A payload`
 * @param bytes - that it has, where they have been counted
 */
export function tooLarge(maxBytes: number, what: string, bytes?: number): FlowError {
  const more = `more than the ${maxBytes} that it may have`;
  return new FlowError('MESSAGE_TOO_LARGE', {
    message: `${what} has ${bytes === undefined ? '' : `${bytes} bytes, `}${more}`,
    metadata: { maxBytes, bytes },
  });
}

/** `payload.lines[3]["unit price"]`; of a long way the end. */
function placeOf(path: ValuePath): string {
  const steps = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    const name = step.length <= LONGEST_STEP ? step : `${step.slice(0, LONGEST_STEP)}…`;
    return PLAIN_STEP.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  });
  const left = steps.length - MOST_STEPS;
  return left > 0 ? `payload…${steps.slice(left).join('')}` : `payload${steps.join('')}`;
}
