import type { NodeContext } from '../ports/node-context.js';

/** What waits at a node for the rest of it, for some time. */
export interface TimedWait {
  /** A part has come from there: none is lacking from there any more. */
  arrived(source: string): void;
  /** Time that is left, in seconds; undefined when nobody waits any more, and where it cannot be begun anew. */
  readonly leftS: number | undefined;
  /** Its time is up, whatever was said at its start. */
  expire(): void;
  /** Nobody waits for the rest any more; fine when nobody did. */
  end(): void;
}

/** What a node wants to wait for. */
export interface WaitRequest {
  readonly timeoutS: number;
  /** So many may wait before the node takes only what one of them lacks. */
  readonly maxWaiting: number;
  /** Names of the nodes of which it takes one part each, that of the first part among them; undefined: any part will do. */
  readonly sources: readonly string[] | undefined;
  /** What waits. The message that tells the node that its time is up is about this. */
  readonly about: object;
  /** Its time is up, and such a message comes: nothing that arrives now completes it. */
  onExpired(): void;
}

/** Also across two installed copies of the package: what it takes and gives are plain calls. */
export const BEGIN_WAIT: unique symbol = Symbol.for('penguiflow:begin-wait') as never;

/** Also across two installed copies of the package: what it gives is only compared. */
export const ABOUT_OF: unique symbol = Symbol.for('penguiflow:about-of') as never;

/** A context of a message at which something may begin to wait. */
export interface WaitSource {
  /** Waits, holding no slot; when the time is up, this message comes once more. */
  [BEGIN_WAIT](request: WaitRequest): TimedWait;
  /** What a message that the node gave itself is about; undefined for one that came to it. */
  readonly [ABOUT_OF]: object | undefined;
}

/** Waits at the node of a context; undefined when only the public side of the context may be used. */
export function beginWait(ctx: NodeContext, request: WaitRequest): TimedWait | undefined {
  return (ctx as NodeContext & Partial<WaitSource>)[BEGIN_WAIT]?.(request);
}

/** What the message of a context is about, if the node gave it to itself. */
export function aboutOf(ctx: NodeContext): object | undefined {
  return (ctx as NodeContext & Partial<WaitSource>)[ABOUT_OF];
}
