import { Line } from '../../queue/line.js';
import type { TimedWait, WaitRequest } from '../../trace-local/timed-wait.js';
import type { Parcel } from '../trace/envelope.js';
import { ownParcel } from '../trace/own-parcel.js';
import { JoinWait } from './join-wait.js';
import type { NodeWorker } from './node-worker.js';

/**
 * What waits at a join with a time limit: its times, and what the join takes meanwhile. When as many wait as may, it takes only from
 * where one of them lacks a part, so that what completes one is never kept out. The bound is soft: what stands before such a part
 * comes in as well.
 */
export class JoinWaits {
  /** How many wait. */
  size = 0;
  readonly #worker: NodeWorker;
  readonly #inputOf: ReadonlyMap<string, number>;
  /** By input, how many lack a part from there. */
  readonly #lacking: number[];
  /** How many take a part from wherever it comes. */
  #open = 0;
  #maxWaiting = Number.POSITIVE_INFINITY;
  /** Those whose time is up, the first to be told of first. */
  readonly #outOfTime = new Line<JoinWait>();
  /** Whether something may stand before the join that was not let in. */
  #hasRefused = false;

  constructor(worker: NodeWorker) {
    this.#worker = worker;
    this.#inputOf = new Map(worker.inputs.map((_, index) => [worker.sourceOf(index), index]));
    this.#lacking = worker.inputs.map(() => 0);
  }

  /** How many are out of time, and have not been told of. */
  get outOfTime(): number {
    return this.#outOfTime.size;
  }

  get firstOutOfTime(): JoinWait | undefined {
    return this.#outOfTime.first;
  }

  begin(request: WaitRequest, first: Parcel, input: number): TimedWait {
    const lacks = this.#lackedBy(request, input);
    const wait = new JoinWait(this, request, first, input, lacks);
    // Interrupted code comes too late.
    if (first.envelope.trace.ended) {
      wait.isOver = true;
      return wait;
    }
    this.#maxWaiting = request.maxWaiting;
    this.size++;
    if (lacks === undefined) this.#open++;
    else for (const each of lacks) this.#count(each, 1);
    this.#worker.core.wheel.schedule(wait.timer, request.timeoutS * 1000);
    this.#changed();
    return wait;
  }

  /** Time that is left, in seconds; 0 for one that has been told so. */
  leftS({ timer }: JoinWait): number {
    return timer.scheduled ? Math.max(0, timer.due - this.#worker.core.clock.monotonic()) / 1000 : 0;
  }

  arrived(wait: JoinWait, source: string): void {
    const input = this.#inputOf.get(source);
    if (wait.isOver || input === undefined || wait.lacks?.delete(input) !== true) return;
    this.#count(input, -1);
  }

  /** Its time is up: what stands before the join by now still counts, because it has come in time. */
  timeUp(wait: JoinWait): void {
    const { inputs } = this.#worker;
    const marks = new Map<number, number>();
    for (const [index, { held, taken }] of inputs.entries()) {
      if (held !== 0 && wait.lacks?.has(index) !== false) marks.set(index, taken + held);
    }
    this.expire(wait, marks);
  }

  expire(wait: JoinWait, marks: ReadonlyMap<number, number>): void {
    if (wait.isOver || wait.line !== undefined) return;
    this.#worker.core.wheel.cancel(wait.timer);
    wait.marks = marks;
    this.#outOfTime.push(wait);
    this.#worker.onArrival();
  }

  /** Whether a message may come in from there. */
  lets(input: number): boolean {
    if (!this.#isFull || this.#lacking[input] !== 0) return true;
    this.#hasRefused = true;
    return false;
  }

  /** The message that tells the join that this one is out of time: pending, like one that has come. */
  takeOutOfTime(wait: JoinWait): Parcel {
    const { first, request } = wait;
    first.envelope.trace.pending++;
    // A drain goes on: the message is on its way.
    this.#remove(wait);
    request.onExpired();
    return ownParcel(first, this.#worker.keeper, request.about);
  }

  end(wait: JoinWait): void {
    if (wait.isOver) return;
    this.#remove(wait);
    const { core } = this.#worker;
    if (core.draining) core.onFreed();
  }

  #remove(wait: JoinWait): void {
    wait.isOver = true;
    this.#worker.core.wheel.cancel(wait.timer);
    wait.leaveLine();
    this.size--;
    if (wait.lacks === undefined) this.#open--;
    else for (const input of wait.lacks) this.#count(input, -1);
    this.#changed();
  }

  get #isFull(): boolean {
    return this.size >= this.#maxWaiting && this.#open === 0;
  }

  #lackedBy({ sources }: WaitRequest, input: number): Set<number> | undefined {
    if (sources === undefined) return undefined;
    const lacks = new Set<number>();
    for (const source of sources) {
      const index = this.#inputOf.get(source);
      if (index !== undefined && index !== input) lacks.add(index);
    }
    return lacks;
  }

  #count(input: number, change: number): void {
    (this.#lacking[input] as number) += change;
  }

  #changed(): void {
    // While it is full, each message comes through its floe, which is asked then.
    this.#worker.deferredStart.shut(this.#isFull);
    if (!this.#hasRefused) return;
    this.#hasRefused = false;
    this.#worker.onArrival();
  }
}
