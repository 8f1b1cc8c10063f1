import { FlowError, type RootRequest } from '../../index.js';
import { tooLarge } from '../carrier/carrier-errors.js';
import type { Subscription } from '../carrier/records.js';
import type { ClientParts } from './carrier-client.js';
import { Draft } from './draft.js';
import { LiveRoot, type RootHome } from './live-root.js';
import type { Outbox } from './outbox.js';
import type { RootSink } from './root-sink.js';

/** What a client has begun and is not over: one subscription hears the answers of all of it (D17). */
export class LiveRoots {
  readonly #parts: ClientParts;
  readonly #home: RootHome;
  readonly #roots = new Map<string, LiveRoot>();
  readonly #answers: Subscription;
  #onLess: (() => void) | undefined;

  constructor(parts: ClientParts, outbox: Outbox, cancelAtWorkers: (root: string, reason: string) => void) {
    this.#parts = parts;
    const changed = (): void => this.#onLess?.();
    this.#home = {
      outbox,
      hears: parts.plan.results === 'reply',
      afterFailure: parts.part.plan.afterFailure,
      cancelAtWorkers,
      changed,
      forget: ({ id }) => {
        this.#roots.delete(id);
        changed();
      },
    };
    this.#answers = parts.session.records('answers', `${parts.clientId}-`, 'now', (record) => {
      this.#roots.get(record.key)?.take(record);
    });
  }

  /** Roots that are not over. */
  get size(): number {
    return this.#roots.size;
  }

  /**
   * Begins a root, and sends it.
   * @throws FlowError when what is to be sent cannot be; nothing has begun then
   */
  begin(id: string, request: RootRequest, sink: RootSink): void {
    const { part, plan, session, codec } = this.#parts;
    const draft = new Draft(plan, codec, request);
    const root = new LiveRoot(id, request, sink, this.#home);
    this.#roots.set(id, root);
    const run = part.begin(request, { root: id, isTold: this.#home.hears }, root);
    if (!root.begun(run)) return;
    const messages = draft.messages({ root: id, nowMs: session.now(), trace: run.traceHeaders() });
    const error = messages.map((message) => tooLarge(message, session.can.maxBytes)).find((each) => each !== undefined);
    if (error === undefined) root.send(messages);
    else root.refuse(error);
  }

  cancel(id: string, reason: string | FlowError): void {
    const root = this.#roots.get(id);
    if (typeof reason === 'string') root?.cancel(reason);
    else root?.cancelWith(reason);
  }

  /** Resolves when nobody waits for a root of this client, or the time is over. */
  drained(drainS: number): Promise<void> {
    const isAwaited = (): boolean => [...this.#roots.values()].some((root) => root.isAwaited);
    if (!isAwaited() || !(drainS > 0)) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        this.#onLess = undefined;
        timer?.cancel();
        resolve();
      };
      const isBounded = drainS !== Number.POSITIVE_INFINITY;
      const timer = isBounded ? this.#parts.part.clock.setTimer(end, drainS * 1_000) : undefined;
      this.#onLess = () => {
        if (!isAwaited()) end();
      };
    });
  }

  /** What nobody waits for goes on elsewhere, and has no end here. */
  leaveUnawaited(): void {
    for (const root of this.#roots.values()) if (!root.isAwaited) root.leave();
  }

  close(): void {
    this.#answers.close();
  }
}
