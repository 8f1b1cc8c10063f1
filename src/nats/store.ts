import type { FlowError } from '../index.js';
import { AGAIN_MS, headers, isNobody, type ApiError, type NatsLine } from './nats-line.js';

/** The server has stored it, now or before. */
export interface Stored {
  readonly seq: number;
  readonly duplicate: boolean;
}

/** Why the server has not. */
export type Refusal = 'no stream' | 'place taken' | 'written meanwhile';

interface PubAck {
  readonly seq: number;
  readonly duplicate?: boolean;
  readonly error?: ApiError;
}

/** A message for a stream. */
export interface StoreCall {
  readonly subject: string;
  readonly data: string | Uint8Array;
  /** Of equal ids the first one counts. */
  readonly id: string;
  /** More headers. */
  readonly facts?: Readonly<Record<string, string>>;
  /** What its subject holds by now, as a sequence; 0 for nothing. */
  readonly after?: number;
}

const FULL_MS = 250;
/** Of the account, of the server's memory and of its disk. */
const FULL = [10_002, 10_023, 10_028, 10_047];
const WRONG_LAST = [10_071, 10_164];
const STORE_FAILED = 10_077;
const NOT_FOUND = 10_059;

/** Stores, and goes on until it is; only what waiting doesn't mend is handed to `refused`, which may ask for another try by a number of milliseconds. */
export function store(
  line: NatsLine,
  call: StoreCall,
  stored: (stored: Stored) => void,
  refused: (why: Refusal) => number | undefined,
  closed: (error: FlowError) => void,
): void {
  const facts = headers();
  facts.set('Nats-Msg-Id', call.id);
  if (call.after !== undefined) facts.set('Nats-Expected-Last-Subject-Sequence', String(call.after));
  for (const name in call.facts) facts.set(name, call.facts[name]!);
  line.ask({
    subject: call.subject,
    data: call.data,
    headers: facts,
    answer: (reply) => {
      if (isNobody(reply)) return refused('no stream');
      const answer = reply.json<PubAck>();
      if (answer.error === undefined) {
        line.takes(false);
        stored({ seq: answer.seq, duplicate: answer.duplicate === true });
        return undefined;
      }
      const { err_code: code = 0, description = '' } = answer.error;
      if (WRONG_LAST.includes(code)) return refused('written meanwhile');
      if (code === NOT_FOUND) return refused('no stream');
      if (code === STORE_FAILED && description.includes('per subject')) return refused('place taken');
      if (code !== STORE_FAILED && !FULL.includes(code)) return AGAIN_MS;
      line.takes(true, description);
      return FULL_MS;
    },
    refuse: closed,
  });
}

/** The same as a promise, for streams that are there. */
export function stored(line: NatsLine, call: StoreCall): Promise<Stored | Refusal> {
  return new Promise((resolve, reject) => {
    store(
      line,
      call,
      resolve,
      (why) => {
        if (why === 'no stream') return AGAIN_MS;
        resolve(why);
        return undefined;
      },
      reject,
    );
  });
}
