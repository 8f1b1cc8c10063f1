import type { FlowError } from '../../errors/flow-error.js';
import type { NodeLogger } from '../../ports/flow-log.js';
import type { Envelope } from '../trace/envelope.js';
import type { PendingEmit } from '../routing/pending-emit.js';

/** What most attempts never ask their context for; made when one does. */
export class LazyAttemptState {
  controller: AbortController | undefined;
  logger: NodeLogger | undefined;
  emits: Set<Pick<PendingEmit, 'abandon'>> | undefined;
  sleeps: Set<(error: FlowError) => void> | undefined;
  /** Emits of an ordered node that wait until earlier messages have left. */
  sequencedEmits: Set<(error: FlowError) => void> | undefined;
  /** The last emit whose payload was checked by an asynchronous rule; the next one waits for it, to keep the order. */
  checking: Promise<unknown> | undefined;
  /** Why the attempt was interrupted. */
  reason: FlowError | undefined;
  /** What the values of an async iterable travel in. */
  pieceEnvelope: Envelope | undefined;
  /** Time spent waiting for room downstream. */
  blockedMs = 0;
  blockedSince = 0;

  /** Emits that wait for earlier messages wait no longer. */
  endSequencedEmits(error: FlowError): void {
    for (const end of this.sequencedEmits ?? []) end(error);
    this.sequencedEmits?.clear();
  }
}
