import type { FlowError } from '../../index.js';
import { carrierClosed } from '../carrier/carrier-errors.js';
import type { Need } from './memory-engine.js';
import type { SessionCore } from './session-core.js';

interface WaitingCall {
  readonly need: Need;
  readonly run: () => void;
  readonly reject: (error: FlowError) => void;
}

/** Calls of a session that are answered with a promise; they wait while the engine cannot be used. */
export class WaitingCalls {
  readonly #session: SessionCore;
  #calls: WaitingCall[] = [];

  constructor(session: SessionCore) {
    this.#session = session;
  }

  get size(): number {
    return this.#calls.length;
  }

  run<T>(need: Need, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = (): void => {
        try {
          resolve(work());
        } catch (error) {
          reject(error as FlowError);
        }
      };
      if (this.#session.isKilled) return;
      if (this.#session.isClosing) reject(carrierClosed(this.#session.shelf.flow));
      else if (this.#session.engine.may(need)) run();
      else this.#calls.push({ need, run, reject });
    });
  }

  /** The engine may be used again. */
  retry(): void {
    const { engine } = this.#session;
    const ready = this.#calls.filter(({ need }) => engine.may(need));
    this.#calls = this.#calls.filter(({ need }) => !engine.may(need));
    for (const { run } of ready) run();
    this.#session.checkIdle();
  }

  /** Nobody waits any more. */
  forget(): void {
    this.#calls = [];
  }

  close(): void {
    const error = carrierClosed(this.#session.shelf.flow);
    for (const { reject } of this.#calls.splice(0)) reject(error);
  }
}
