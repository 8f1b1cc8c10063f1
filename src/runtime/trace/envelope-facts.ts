import type { MessageHeaders } from '../../message/headers.js';
import type { Deadline } from './deadline.js';
import type { Message } from '../../message/message.js';

/** What goes into an envelope, from the message (if it is one) and the options, which win. */
export interface EnvelopeFacts {
  readonly payload: unknown;
  readonly message: Message | undefined;
  readonly traceId: string | undefined;
  readonly headers: MessageHeaders;
  readonly deadline: Deadline | undefined;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly ts: number;
  /** Wall clock. */
  readonly emittedMs: number;
}
