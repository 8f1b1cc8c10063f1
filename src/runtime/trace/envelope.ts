import type { MessageHeaders } from '../../message/headers.js';
import { Message } from '../../message/message.js';
import type { Deadline } from './deadline.js';
import type { SentMessage } from './sent-message.js';
import type { TraceRecord } from './trace-record.js';

/** What the messages of a trace share until a node returns a `Message` of its own. */
export class Envelope {
  constructor(
    readonly trace: TraceRecord,
    readonly headers: MessageHeaders,
    readonly deadline: Deadline | undefined,
    readonly meta: Readonly<Record<string, unknown>>,
    readonly ts: number,
    /** Descends from a value that an async iterable yielded: a piece of a stream, not its final value. */
    readonly piece: boolean = false,
  ) {}

  /** The envelope of what a node made of the message in this one. */
  derive(
    headers: MessageHeaders,
    deadline: Deadline | undefined,
    meta: Readonly<Record<string, unknown>>,
    ts: number,
    piece: boolean,
  ): Envelope {
    return new Envelope(this.trace, headers, deadline, meta, ts, piece);
  }

  /** The deadline as users see it, in seconds since the epoch. */
  get deadlineS(): number | undefined {
    return this.deadline?.deadlineS;
  }
}

/** One message on its way: a payload and the envelope it travels in. */
export class Parcel {
  #message: Message | undefined;

  constructor(
    readonly payload: unknown,
    readonly envelope: Envelope,
    message?: Message,
    /** What it is as one of its run; while somebody follows that. */
    readonly sent?: SentMessage,
  ) {
    this.#message = message;
  }

  /** The message as users see it; the very object that a node returned, if it returned one. */
  get message(): Message {
    this.#message ??= new Message(this.payload, {
      traceId: this.envelope.trace.id,
      headers: this.envelope.headers,
      meta: this.envelope.meta,
      ts: this.envelope.ts,
      ...(this.envelope.deadline === undefined ? undefined : { deadlineS: this.envelope.deadline.deadlineS }),
    });
    return this.#message;
  }

  /** @internal The message it was made from, or that somebody has asked for. */
  static givenMessage(parcel: Parcel): Message | undefined {
    return parcel.#message;
  }
}

/** Whether the run of a message has ended, wherever the message lies. */
export function isGone({ envelope }: Parcel): boolean {
  return envelope.trace.ended;
}

/** A payload in the envelope of what it came from. */
export function payloadParcel(payload: unknown, from: Parcel): Parcel {
  return payload === from.payload ? from : otherPayload(payload, from);
}

/** Apart from the common way, which stays below 27 bytes of bytecode: docs/performance.md, "sizes". */
function otherPayload(payload: unknown, from: Parcel): Parcel {
  return new Parcel(payload, from.envelope);
}

/** A `FlowError` that is handed to whoever reads `results()`. */
export class FailureParcel extends Parcel {}
