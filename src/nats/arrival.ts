import { Buffer } from 'node:buffer';

import type { Msg } from '@nats-io/transport-node';

import { decoded } from './names.js';

/** A message as the server delivers it. */
export interface Arrival {
  readonly id: string;
  readonly head: string;
  readonly body: string;
  /** Where its end is told. */
  readonly ack: string;
  readonly seq: number;
  /** How often it was delivered, this time included. */
  readonly deliveries: number;
  /** By the server's clock, in milliseconds since the epoch. */
  readonly storedMs: number;
}

/** With a domain the subject has two tokens more. */
const TOKENS = 9;
const TOKENS_MORE = 2;
const NS_PER_MS = 1_000_000n;

export function arrivalOf(message: Msg): Arrival {
  const ack = message.reply ?? '';
  const tokens = ack.split('.');
  const more = tokens.length > TOKENS ? TOKENS_MORE : 0;
  const data = Buffer.from(message.data.buffer, message.data.byteOffset, message.data.byteLength);
  const headBytes = Number(message.headers?.get('Pf') ?? 0);
  return {
    id: decoded(message.headers?.get('Nats-Msg-Id') ?? ''),
    head: data.toString('utf8', 0, headBytes),
    body: data.toString('utf8', headBytes),
    ack,
    deliveries: Number(tokens[4 + more]),
    seq: Number(tokens[5 + more]),
    storedMs: Number(BigInt(tokens[7 + more] ?? 0) / NS_PER_MS),
  };
}
