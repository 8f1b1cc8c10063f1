import type { ClockTimer, FlowPart } from '../index.js';
import type { CarrierSession } from './carrier/carrier-session.js';

/** What clocks may differ by before anybody is told, in milliseconds. */
const TOLERATED_MS = 500;
/** Between two looks, in milliseconds. */
const EVERY_MS = 60_000;

/** Tells when the clock of this process and that of the engine differ: deadlines travel on the engine's (D15). */
export class SkewWatch {
  readonly #part: FlowPart;
  readonly #session: CarrierSession;
  readonly #who: Readonly<Record<string, string>>;
  #timer: ClockTimer | undefined;
  #isSkewed = false;

  /** @param who - what the event says of this process: `worker_id` or `client_id` */
  constructor(part: FlowPart, session: CarrierSession, who: Readonly<Record<string, string>>) {
    this.#part = part;
    this.#session = session;
    this.#who = who;
  }

  begin(): void {
    this.#look();
    this.#timer = this.#part.clock.setTimer(() => this.begin(), EVERY_MS);
    this.#timer.unref?.();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Once per episode: it is over when the clocks agree again. */
  #look(): void {
    const skewMs = Math.round(this.#part.clock.now() - this.#session.now());
    const wasSkewed = this.#isSkewed;
    this.#isSkewed = Math.abs(skewMs) > TOLERATED_MS;
    if (!this.#isSkewed || wasSkewed) return;
    this.#part.publish({
      eventType: 'clock_skew',
      nodeName: null,
      traceId: null,
      tenant: null,
      extra: { skew_ms: skewMs, ...this.#who },
    });
  }
}
