import { Parcel } from '../trace/envelope.js';
import { forkedEnvelope, NumberedOrigin, Origin, originAbove, originAt } from '../trace/origin.js';
import type { Outlet } from './outlet.js';

/** What of one message of a fork has left on one edge alone. */
class EdgeNumbers {
  next = 0;
  /** Of emissions that found no room in time: the next ones have their numbers. */
  readonly returned: NumberedOrigin[] = [];
}

/** The origins that emissions on one edge each share: the first on each edge, the second on each edge, and so on. */
class NumberedOrigins {
  readonly #edges = new Map<Outlet, EdgeNumbers>();
  /** By number; those that every edge has had are not asked for again. */
  readonly #open = new Map<number, { readonly origin: NumberedOrigin; edgesLeft: number }>();

  /** @param edgeCount - edges of the fork */
  take(outlet: Outlet, edgeCount: number, begin: (number: number) => NumberedOrigin): NumberedOrigin {
    const edge = this.#edgeOf(outlet);
    const returned = edge.returned.shift();
    if (returned !== undefined) return returned;
    const number = edge.next++;
    const open = this.#open.get(number) ?? { origin: begin(number), edgesLeft: edgeCount };
    open.edgesLeft--;
    if (open.edgesLeft > 0) this.#open.set(number, open);
    else this.#open.delete(number);
    return open.origin;
  }

  giveBack(outlet: Outlet, origin: NumberedOrigin): void {
    const { returned } = this.#edgeOf(outlet);
    returned.push(origin);
    returned.sort((one, other) => one.number - other.number);
  }

  #edgeOf(outlet: Outlet): EdgeNumbers {
    let edge = this.#edges.get(outlet);
    if (edge === undefined) this.#edges.set(outlet, (edge = new EdgeNumbers()));
    return edge;
  }
}

/** What joins by origin ask of a node. */
export interface NodeOrigins {
  /** Of what it emits, where it is the fork of a join. */
  readonly emitted: ForkOrigins | undefined;
  /** The fork of its parts, where it is a join. */
  readonly joinsFrom: object | undefined;
}

/** What a fork works on: a message, or a run at its ingress. */
export interface ForkSource {
  /** What is around for as long as there are emissions. */
  readonly from: object;
  /** Which arrival of the message it is, because a message may arrive twice; the same for all attempts. */
  readonly delivery: number;
}

/**
 * Gives what leaves a fork its origin: one of its own to an emission on several edges and to a value of an iterable, the same one
 * to the kth on each edge of what leaves on one edge each.
 */
export class ForkOrigins {
  readonly #fork: object;
  readonly #edgeCount: number;
  readonly #forksAbove: ReadonlySet<object>;
  readonly #numbered = new WeakMap<object, Map<number, NumberedOrigins>>();

  /**
   * @param edgeCount - edges of the fork
   * @param forksAbove - the other ones that whatever comes to it has passed
   */
  constructor(fork: object, edgeCount: number, forksAbove: ReadonlySet<object>) {
    this.#fork = fork;
    this.#edgeCount = edgeCount;
    this.#forksAbove = forksAbove;
  }

  /** An emission with an origin of its own. */
  own(parcel: Parcel): Parcel {
    return withOrigin(new Origin(this.#fork, this.#above(parcel)), parcel);
  }

  /** An emission on these edges. */
  emitted(parcel: Parcel, outlets: readonly Outlet[], source: ForkSource): Parcel {
    const [outlet] = outlets;
    if (outlet === undefined || outlets.length > 1) return this.own(parcel);
    const begin = (number: number): NumberedOrigin => new NumberedOrigin(this.#fork, this.#above(parcel), number);
    return withOrigin(this.#numbersOf(source).take(outlet, this.#edgeCount, begin), parcel);
  }

  /** An emission was given up before there was room for it: if it had a number, that is free again. */
  givenUp({ envelope }: Parcel, [outlet]: readonly Outlet[], source: ForkSource): void {
    const origin = originAt(this.#fork, envelope);
    if (origin instanceof NumberedOrigin) this.#numbersOf(source).giveBack(outlet as Outlet, origin);
  }

  #above({ envelope }: Parcel): Origin | undefined {
    return originAbove(this.#forksAbove, envelope);
  }

  #numbersOf({ from, delivery }: ForkSource): NumberedOrigins {
    let deliveries = this.#numbered.get(from);
    if (deliveries === undefined) this.#numbered.set(from, (deliveries = new Map<number, NumberedOrigins>()));
    let numbers = deliveries.get(delivery);
    if (numbers === undefined) deliveries.set(delivery, (numbers = new NumberedOrigins()));
    return numbers;
  }
}

function withOrigin(origin: Origin, parcel: Parcel): Parcel {
  return new Parcel(parcel.payload, forkedEnvelope(parcel.envelope, origin), Parcel.givenMessage(parcel), parcel.sent);
}
