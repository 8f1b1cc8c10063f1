import type { MessageHeaders } from '../../message/headers.js';
import type { Deadline } from './deadline.js';
import { Envelope } from './envelope.js';
import type { TraceRecord } from './trace-record.js';

/** One emission of a fork, which joins tell apart from its others. It is its own name: no two are the same object. */
export class Origin {
  /** @param parent - that of the fork before it, and so on upwards; each fork is among them once */
  constructor(
    readonly fork: object,
    readonly parent: Origin | undefined,
  ) {}
}

/** An emission that has its number in common with those on other edges. */
export class NumberedOrigin extends Origin {
  constructor(
    fork: object,
    parent: Origin | undefined,
    readonly number: number,
  ) {
    super(fork, parent);
  }
}

/** The envelope of what descends from an emission of a fork. */
export class ForkedEnvelope extends Envelope {
  constructor(
    trace: TraceRecord,
    headers: MessageHeaders,
    deadline: Deadline | undefined,
    meta: Readonly<Record<string, unknown>>,
    ts: number,
    piece: boolean,
    readonly origin: Origin,
  ) {
    super(trace, headers, deadline, meta, ts, piece);
  }

  override derive(
    headers: MessageHeaders,
    deadline: Deadline | undefined,
    meta: Readonly<Record<string, unknown>>,
    ts: number,
    piece: boolean,
  ): ForkedEnvelope {
    return new ForkedEnvelope(this.trace, headers, deadline, meta, ts, piece, this.origin);
  }
}

/** A message as an emission of a fork. */
export function forkedEnvelope(envelope: Envelope, origin: Origin): ForkedEnvelope {
  const { trace, headers, deadline, meta, ts, piece } = envelope;
  return new ForkedEnvelope(trace, headers, deadline, meta, ts, piece, origin);
}

/** Which emission of a fork something descends from; undefined when it has not passed the fork. */
export function originAt(fork: object, envelope: Envelope): Origin | undefined {
  let origin = lastOrigin(envelope);
  while (origin !== undefined && origin.fork !== fork) origin = origin.parent;
  return origin;
}

/**
 * What a fork keeps of the origins of a message: those of the forks that all its messages have passed. Of the others it would come
 * again, if at all, to be told apart anew; in a loop they would pile up, and keep a fork from its own.
 *
 * @param above - those forks
 */
export function originAbove(above: ReadonlySet<object>, envelope: Envelope): Origin | undefined {
  let origin = lastOrigin(envelope);
  while (origin !== undefined && !above.has(origin.fork)) origin = origin.parent;
  return origin;
}

/** The envelope of the first of several, as something that descends from what all of them descend from, and from nothing else. */
export function sharedEnvelope(envelopes: readonly Envelope[]): Envelope {
  const first = envelopes[0] as Envelope;
  const own = lastOrigin(first);
  let origin = own;
  for (const envelope of envelopes) {
    while (origin !== undefined && originAt(origin.fork, envelope) !== origin) origin = origin.parent;
  }
  if (origin === own) return first;
  const { trace, headers, deadline, meta, ts, piece } = first;
  return origin === undefined ? new Envelope(trace, headers, deadline, meta, ts, piece) : forkedEnvelope(first, origin);
}

function lastOrigin(envelope: Envelope): Origin | undefined {
  return envelope instanceof ForkedEnvelope ? envelope.origin : undefined;
}
