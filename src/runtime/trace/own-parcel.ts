import { Parcel, type Envelope } from './envelope.js';
import { sharedEnvelope } from './origin.js';

/** Whose a message is that a node gave itself, and what it is about. */
interface Own {
  readonly node: object;
  readonly about: object;
}

/** By message. A parcel of another class would make every other one dearer to look at. */
const owns = new WeakMap<Parcel, Own>();

/**
 * A message that a node gives itself. It looks like one that has come to it, so that its payload is valid, and is one that listeners
 * and interceptors know; only the node asks what it is about.
 *
 * @param from - the message that it looks like
 */
export function ownParcel(from: Parcel, node: object, about: object): Parcel {
  const parcel = new Parcel(from.payload, from.envelope, Parcel.givenMessage(from), from.sent);
  owns.set(parcel, { node, about });
  return parcel;
}

/** What a message is about that a node gave itself; undefined for every other one, also when it is handed on as it is. */
export function aboutOfParcel(parcel: Parcel, node: object): object | undefined {
  const own = owns.get(parcel);
  return own?.node === node ? own.about : undefined;
}

/** A message whose result is made of what came in these, too: it descends from what all of them do, and is else the same. */
export function madeOf(parcel: Parcel, others: readonly Envelope[]): Parcel {
  const envelope = sharedEnvelope([parcel.envelope, ...others]);
  if (envelope === parcel.envelope) return parcel;
  const same = new Parcel(parcel.payload, envelope, Parcel.givenMessage(parcel), parcel.sent);
  const own = owns.get(parcel);
  if (own !== undefined) owns.set(same, own);
  return same;
}
