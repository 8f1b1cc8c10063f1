import type { FlowError } from '../../errors/flow-error.js';
import type { NodeLogger } from '../../ports/flow-log.js';
import type { Envelope } from '../trace/envelope.js';
import type { WaitingEmit } from '../routing/waiting-emit.js';

/** What most attempts never ask their context for; made when one does. */
export class AskedFor {
  controller: AbortController | undefined;
  logger: NodeLogger | undefined;
  emits: Set<Pick<WaitingEmit, 'abandon'>> | undefined;
  sleeps: Set<(error: FlowError) => void> | undefined;
  /** Emits that wait for the turn of an ordered node. */
  turns: Set<(error: FlowError) => void> | undefined;
  /** The last emit whose payload was checked by an asynchronous rule; the next one waits for it, to keep the order. */
  checking: Promise<unknown> | undefined;
  /** Why the attempt was interrupted. */
  reason: FlowError | undefined;
  /** What the values of an async iterable travel in. */
  pieceEnvelope: Envelope | undefined;
  /** Time spent waiting for room downstream. */
  blockedMs = 0;
  blockedSince = 0;

  /** Emits that wait for the turn of an ordered node wait no longer. */
  endTurns(error: FlowError): void {
    for (const end of this.turns ?? []) end(error);
    this.turns?.clear();
  }
}
