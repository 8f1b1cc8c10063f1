import { Buffer } from 'node:buffer';

import type { NatsLine } from './nats-line.js';

/** A message as it lies in a stream. */
export interface Kept {
  readonly subject: string;
  readonly seq: number;
  /** When it was stored, by the server's clock, in milliseconds since the epoch. */
  readonly storedMs: number;
  readonly data: Buffer;
  header(name: string): string | undefined;
}

interface GetAnswer {
  readonly message?: {
    readonly subject: string;
    readonly seq: number;
    readonly hdrs?: string;
    readonly data?: string;
    readonly time: string;
  };
}

/** The first message of subjects from a sequence on. */
export function nextOf(line: NatsLine, stream: string, subject: string, fromSeq: number): Promise<Kept | undefined> {
  return get(line, stream, { seq: fromSeq, next_by_subj: subject });
}

/** The last message of a subject. */
export function lastOf(line: NatsLine, stream: string, subject: string): Promise<Kept | undefined> {
  return get(line, stream, { last_by_subj: subject });
}

export function messageOf(line: NatsLine, stream: string, seq: number): Promise<Kept | undefined> {
  return get(line, stream, { seq });
}

/** All of them, in their order. */
export async function* allOf(line: NatsLine, stream: string, subject: string, fromSeq = 1): AsyncGenerator<Kept> {
  for (let next = await nextOf(line, stream, subject, fromSeq); next !== undefined;) {
    yield next;
    next = await nextOf(line, stream, subject, next.seq + 1);
  }
}

async function get(line: NatsLine, stream: string, query: object): Promise<Kept | undefined> {
  const { message } = await line.api<GetAnswer>(`STREAM.MSG.GET.${stream}`, query);
  if (message === undefined) return undefined;
  const { subject, seq, hdrs, data, time } = message;
  const lines = hdrs === undefined ? [] : Buffer.from(hdrs, 'base64').toString().split('\r\n');
  return {
    subject,
    seq,
    storedMs: Date.parse(time),
    data: Buffer.from(data ?? '', 'base64'),
    header: (name) =>
      lines
        .find((each) => each.startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim(),
  };
}
