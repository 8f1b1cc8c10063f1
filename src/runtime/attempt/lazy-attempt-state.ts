import type { FlowError } from '../../errors/flow-error.js';
import type { NodeLogger } from '../../ports/flow-log.js';
import type { OpenCall } from '../dependency/dependency-call.js';
import type { Envelope } from '../trace/envelope.js';
import type { PendingEmit } from '../routing/pending-emit.js';

/** What most attempts never ask their context for; made when one does. */
export class LazyAttemptState {
  controller: AbortController | undefined;
  logger: NodeLogger | undefined;
  emits: Set<Pick<PendingEmit, 'abandon'>> | undefined;
  sleeps: Set<(error: FlowError) => void> | undefined;
  /** Calls of dependencies that are not over. */
  calls: Set<OpenCall> | undefined;
  /** Emits of an ordered node that wait until earlier messages have left. */
  sequencedEmits: Set<(error: FlowError) => void> | undefined;
  /** The last emit whose payload was checked by an asynchronous rule; the next one waits for it, to keep the order. */
  checking: Promise<unknown> | undefined;
  /** Tell of emits that were refused, where nobody asks for the answer. */
  refused: (() => void)[] | undefined;
  /** Playbooks that it has called. */
  called = 0;
  /** Why the attempt was interrupted. */
  reason: FlowError | undefined;
  /** What the values of an async iterable travel in. */
  pieceEnvelope: Envelope | undefined;
  /** What it waits for of its own flow's handle: nothing else may be able to go on meanwhile. */
  ownWaits = 0;
  /** Time spent waiting for room downstream. */
  blockedMs = 0;
  blockedSince = 0;

  /** Aborts when the attempt is interrupted. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.reason !== undefined) this.controller.abort(this.reason);
    }
    return this.controller.signal;
  }

  /** Whether the attempt waits for its turn on an ordered node. */
  get waitsForTurn(): boolean {
    return this.sequencedEmits !== undefined && this.sequencedEmits.size !== 0;
  }

  /** Whether an emit of the attempt waits for room. */
  get waitsForRoom(): boolean {
    return this.emits !== undefined && this.emits.size !== 0;
  }

  /** How long the attempt has waited for room downstream up to now. */
  blockedMsAt(nowMs: number): number {
    return this.waitsForRoom ? this.blockedMs + nowMs - this.blockedSince : this.blockedMs;
  }

  /**
   * The attempt is over.
   *
   * @param reason - why it was interrupted, if it was
   * @param ended - what is told to whoever waits for it
   */
  close(reason: FlowError | undefined, ended: () => FlowError): void {
    for (const tell of this.refused ?? []) tell();
    if (this.sleeps !== undefined) for (const end of this.sleeps) end(ended());
    if (reason !== undefined) this.reason = reason;
    if (this.calls !== undefined) for (const call of [...this.calls]) call.end(ended(), reason);
    if (reason === undefined) return;
    if (this.sequencedEmits !== undefined) this.endSequencedEmits(ended());
    if (this.emits !== undefined) for (const emit of [...this.emits]) emit.abandon(ended());
    this.controller?.abort(reason);
  }

  /** Emits that wait for earlier messages wait no longer. */
  endSequencedEmits(error: FlowError): void {
    for (const end of this.sequencedEmits ?? []) end(error);
    this.sequencedEmits?.clear();
  }
}
