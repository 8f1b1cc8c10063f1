import { Line } from '../../queue/line.js';
import type { WaitingPut } from '../../queue/floe.js';
import type { Parcel } from '../trace/envelope.js';

/** Those who wait to leave a part of a flow, first come first served. */
export class BorderLine {
  readonly #line = new Line<WaitingPut<Parcel>>();

  get size(): number {
    return this.#line.size;
  }

  push(put: WaitingPut<Parcel>): void {
    this.#line.push(put);
  }

  /** Lets them go for as long as there is room. */
  admit(leaves: (parcel: Parcel) => boolean): void {
    for (let put = this.#line.first; put !== undefined; put = this.#line.first) {
      if (!leaves(put.item)) return;
      this.#line.remove(put);
      put.onAdmitted();
    }
  }

  /** Takes those that match off the line, in order; the caller tells them. */
  remove(matches: (parcel: Parcel) => boolean): WaitingPut<Parcel>[] {
    const removed = this.#line.members().filter((put) => matches(put.item));
    for (const put of removed) this.#line.remove(put);
    return removed;
  }
}
