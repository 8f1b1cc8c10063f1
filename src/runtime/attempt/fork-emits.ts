import { rejectUnknownOptions } from '../../errors/option-error.js';
import { Message } from '../../message/message.js';
import type { StreamChunk } from '../../message/stream-chunk.js';
import type { ChunkOptions, NodeEmitOptions } from '../../ports/node-context.js';
import type { ForkOrigins, ForkSource } from '../routing/fork-origins.js';
import type { Outlet } from '../routing/outlet.js';
import { PendingEmit } from '../routing/pending-emit.js';
import { Parcel, type Envelope } from '../trace/envelope.js';
import { AttemptContext } from './attempt-context.js';
import type { AttemptHost } from './attempt-host.js';
import { sentBy } from './attempt-scope.js';
import { checkChunk, nextChunk } from './chunk-sequence.js';
import { messageParcel } from './message-parcel.js';
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

  override begin(
    context: AttemptContext,
    payload: unknown,
    options: NodeEmitOptions | undefined,
    envelope?: Envelope,
  ): PendingEmit | undefined {
    const { core, name, routes } = this.#host;
    if (options !== undefined) rejectUnknownOptions(options, ['to'], `emit() of node "${name}"`);
    const from = AttemptContext.parcel(context);
    const parcel = Message.is(payload)
      ? messageParcel(this.#host, payload, from)
      : new Parcel(payload, envelope ?? from.envelope);
    const outlets = options?.to === undefined ? routes.for(parcel.payload) : routes.named(options.to);
    core.runQueue.tick();
    const isPiece = envelope !== undefined;
    return this.#start(context, isPiece ? this.#origins.own(parcel) : parcel, outlets, undefined, isPiece);
  }

  override beginChunk(
    context: AttemptContext,
    text: string,
    options: ChunkOptions,
  ): StreamChunk | PendingEmit<StreamChunk> {
    const { core, name, routes } = this.#host;
    // Without a name it goes to the egress, where nothing is joined.
    if (options.to === undefined) return super.beginChunk(context, text, options);
    checkChunk(text, options, name);
    const { envelope } = AttemptContext.parcel(context);
    const outlets = routes.named(options.to);
    const chunk = nextChunk(envelope.trace, text, options);
    core.runQueue.tick();
    return this.#start(context, new Parcel(chunk, envelope), outlets, chunk, false) ?? chunk;
  }

  /** Every result gets its origin. */
  override fixedOutlets(): undefined {
    return undefined;
  }

  override route(result: unknown, context: AttemptContext): [Parcel, readonly Outlet[]] {
    const [parcel, outlets] = super.route(result, context);
    return [this.#origins.emitted(parcel, outlets, sourceOf(context)), outlets];
  }

  #start<Answer>(
    context: AttemptContext,
    parcel: Parcel,
    outlets: readonly Outlet[],
    answer: Answer,
    hasOrigin: boolean,
  ): PendingEmit<Answer> | undefined {
    const source = sourceOf(context);
    const emitted = hasOrigin ? parcel : this.#origins.emitted(parcel, outlets, source);
    const sent = sentBy(AttemptContext.span(context), emitted);
    const waiting = PendingEmit.start(sent, outlets, this.#host.core.traces, answer);
    // Before a retry begins: that is put in line later.
    waiting?.done.catch(() => this.#origins.givenUp(sent, outlets, source));
    return waiting;
  }
}

function sourceOf(context: AttemptContext): ForkSource {
  return { from: AttemptContext.parcel(context), delivery: context.delivery };
}
