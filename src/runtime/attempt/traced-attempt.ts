import type { AttemptSpan, AttemptStart } from '../../ports/flow-tracer.js';
import type { NodeContext } from '../../ports/node-context.js';
import type { Parcel } from '../trace/envelope.js';
import type { SentMessage } from '../trace/sent-message.js';
import type { AttemptHost } from './attempt-host.js';

/** An attempt of a run that somebody follows: what its tracer is told of its beginning, and what is counted of it. */
export class TracedAttempt implements AttemptStart {
  readonly sender: AttemptSpan | undefined;
  #span: AttemptSpan | undefined;
  #sent = 0;

  private constructor(
    readonly ctx: NodeContext,
    readonly nodeId: string,
    readonly message: SentMessage,
    readonly queuedIn: number,
    readonly startedMs: number,
    readonly previous: AttemptSpan | undefined,
  ) {
    this.sender = message.sender;
  }

  /** Tells the tracer of it. */
  static begin(
    ctx: NodeContext,
    { id, queueDepthIn, core }: AttemptHost,
    { sent, envelope }: Parcel,
    previous: AttemptSpan | undefined,
  ): TracedAttempt {
    const start = new TracedAttempt(ctx, id, sent as SentMessage, queueDepthIn, core.time.nowMs(), previous);
    start.#span = envelope.trace.span?.attempt(start);
    return start;
  }

  get span(): AttemptSpan | undefined {
    return this.#span;
  }

  /** A message is sent that has no key of its own: gives its place among those, from 0. */
  sends(): number {
    return this.#sent++;
  }
}
