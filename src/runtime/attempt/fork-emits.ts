import type { ForkOrigins, ForkSource } from '../routing/fork-origins.js';
import type { Outlet } from '../routing/outlet.js';
import { PendingEmit } from '../routing/pending-emit.js';
import type { Parcel } from '../trace/envelope.js';
import { AttemptContext } from './attempt-context.js';
import type { AttemptHost } from './attempt-host.js';
import { sentBy } from './attempt-scope.js';
import { NodeEmits } from './node-emits.js';

/** What the fork of a join sends: each emission with its origin. All other nodes know nothing of origins. */
export class ForkEmits extends NodeEmits {
  readonly #host: AttemptHost;
  readonly #origins: ForkOrigins;

  constructor(host: AttemptHost, origins: ForkOrigins) {
    super(host);
    this.#host = host;
    this.#origins = origins;
  }

  /** Every result gets its origin. */
  override fixedOutlets(): undefined {
    return undefined;
  }

  override route(result: unknown, context: AttemptContext): [Parcel, readonly Outlet[]] {
    const [parcel, outlets] = super.route(result, context);
    return [this.#origins.emitted(parcel, outlets, sourceOf(context)), outlets];
  }

  override start<Answer>(
    context: AttemptContext,
    parcel: Parcel,
    outlets: readonly Outlet[],
    answer: Answer,
    isPiece: boolean,
    key?: string,
  ): PendingEmit<Answer> | undefined {
    // At the egress nothing is joined.
    if (outlets === this.egress) return super.start(context, parcel, outlets, answer, isPiece, key);
    const source = sourceOf(context);
    const emitted = isPiece ? this.#origins.own(parcel) : this.#origins.emitted(parcel, outlets, source);
    const sent = sentBy(this.#host, context, emitted, outlets, key);
    const waiting = PendingEmit.start(sent, outlets, this.#host.core.traces, answer);
    // Before a retry begins: that is put in line later.
    waiting?.done.catch(() => this.#origins.givenUp(sent, outlets, source));
    return waiting;
  }
}

function sourceOf(context: AttemptContext): ForkSource {
  return { from: AttemptContext.parcel(context), delivery: context.delivery };
}
