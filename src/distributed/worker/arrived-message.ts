import { FlowError, StreamChunk } from '../../index.js';
import type { Arrival, ArrivalHost, ArrivedRun, CarriedMessage, Departure, RunStatus } from '../../index.js';
import type { Delivery, OutMessage, Settlement } from '../carrier/messages.js';
import { groupOf } from '../plan/group-of.js';
import type { MessageHead } from '../protocol/message-head.js';
import { queuedAnswer, RESULT_QUEUE } from '../protocol/result-queue.js';
import { AnswerSender } from './answer-sender.js';
import type { Cancellable } from './cancel-book.js';
import { ChunkSender } from './chunk-sender.js';
import { DepartureSender } from './departure-sender.js';
import { MessageWriter } from './message-writer.js';
import { nodeOf, tell, type WorkerCore } from './worker-core.js';

/** How a message that was worked on ends at the carrier. */
type End = 'settle' | 'release' | 'later' | 'leave';

/** Codes of failures that put no message aside: its time was up, or somebody ended it. */
const NOT_DEAD: ReadonlySet<string> = new Set(['DEADLINE_EXCEEDED', 'TRACE_CANCELLED']);

/**
 * A message that this process works on: what it leads to goes to the carrier, and when nothing of it is under way any more, it is settled with what is left (D4).
 */
export class ArrivedMessage implements ArrivalHost, Cancellable {
  readonly head: MessageHead;
  readonly delivery: Delivery;
  readonly #core: WorkerCore;
  readonly #writer: MessageWriter;
  readonly #answers: AnswerSender;
  readonly #departures: DepartureSender;
  readonly #failures: FlowError[] = [];
  /** Ids of departures: the only one has the token of the arrival, each of several its own id. */
  readonly #sent: string[] = [];
  #isSplit = false;
  readonly #onOver: () => void;
  #run: ArrivedRun | undefined;
  #chunks: ChunkSender | undefined;
  #end: End = 'settle';
  /** When and how it goes on that is put off. */
  #later = { delayS: 0, attempt: 0 };
  #hasAnswered = false;
  #isRefused = false;
  #isToldLost = false;

  /** @param onOver - it is settled, handed back, or somebody else's */
  constructor(core: WorkerCore, delivery: Delivery, head: MessageHead, onOver: () => void) {
    this.#core = core;
    this.delivery = delivery;
    this.head = head;
    this.#onOver = onOver;
    this.#writer = new MessageWriter(core, delivery.id, head);
    const { part, session } = core;
    this.#answers = new AnswerSender({ session, root: head.root, onRoom: () => this.#run?.room() });
    this.#departures = new DepartureSender({
      session,
      arrival: delivery.id,
      full: core.full,
      onRoom: (waiting) => {
        if (waiting === RESULT_QUEUE) this.#run?.room();
        else part.room(nodeOf(waiting));
      },
    });
  }

  /** Begins to work on it. */
  begin(payload: unknown, meta: Readonly<Record<string, unknown>>): void {
    const { cancels, part, plan, session, workerId } = this.#core;
    const { head, delivery } = this;
    const { deadlineMs } = head;
    const arrival: Arrival = {
      payload,
      meta,
      traceId: head.traceId,
      headers: head.headers,
      ts: head.ts,
      piece: head.piece,
      to: head.to,
      from: head.from,
      key: head.key,
      timeoutS: deadlineMs === undefined ? undefined : Math.max(0, deadlineMs - session.now()) / 1000,
      attempt: delivery.resumeAttempt,
      isCall: head.kind === 'call' || head.kind === 'stream',
      part: {
        ...{ root: head.root, workerId, arrivalId: delivery.id, group: groupOf(plan, delivery.queue) ?? 'main' },
        ...{ redelivered: delivery.redelivered, headers: head.trace },
      },
    };
    cancels.begin(this);
    try {
      this.#run = part.arrive(arrival, this);
    } catch (error) {
      this.fails(error as FlowError);
      this.ends('failed');
    }
  }

  /** Whether a node has begun to work on it. */
  get hasBegun(): boolean {
    return this.#run?.hasBegun === true;
  }

  /** It goes back to the carrier, unless it is over. */
  handBack(): void {
    this.#end = 'release';
    this.#run?.handBack();
  }

  /** It is another process's now. */
  lose(): void {
    this.#end = 'leave';
    const { id, queue } = this.delivery;
    const message = `The lease of message "${id}" of queue "${queue}" was lost: another process may work on it`;
    const error = new FlowError('LEASE_LOST', { message, traceId: this.head.traceId });
    this.#tellLost('no renewal went out in time');
    this.#run?.cancel(error);
  }

  /** It was held for as long as a process may hold it. */
  holdTooLong(maxHoldS: number): void {
    const message = `A message of queue "${this.delivery.queue}" was held for more than ${maxHoldS} s`;
    const error = new FlowError('HOLD_EXCEEDED', {
      message,
      traceId: this.head.traceId,
      metadata: { max_hold_s: maxHoldS },
    });
    this.#run?.cancel(error);
  }

  cancel(reason: string): void {
    this.#run?.cancel(reason);
  }

  check(leaving: CarriedMessage, to: readonly string[]): void {
    this.#writer.check(leaving, to);
  }

  departs(departure: Departure): boolean {
    const [first] = this.#sent;
    const { written: message, take } = this.#writer.message(
      departure,
      first === undefined ? this.head.token : undefined,
    );
    // Which one is the first may differ from run to run: where there are several, each has a token of its own.
    if (this.#sent.length === 1 && !this.#isSplit) this.#departures.split(first as string);
    this.#isSplit ||= this.#sent.length === 1;
    if (!this.#departures.send(message)) return false;
    take();
    this.#sent.push(message.id);
    tell(this.#core, 'message_published', departure.from, this.head, { queue: message.queue, message_id: message.id });
    return true;
  }

  delivers(result: CarriedMessage): boolean {
    const { payload, piece } = result;
    if (StreamChunk.is(payload)) return this.#deliversChunk(payload);
    if (this.head.results === 'none') return true;
    if (this.head.results === 'reply' && !this.#answers.hasRoom) return false;
    const { written, take } = this.#writer.result(result);
    const { id, value } = written;
    const answer = {
      kind: 'result',
      result: id,
      token: this.head.token,
      closes: false,
      piece,
      value,
      ...this.#chunks?.facts(),
    } as const;
    if (this.head.results === 'reply') this.#answers.send(id, answer);
    else if (!this.#departures.send(queuedAnswer(this.head, id, answer))) return false;
    take();
    this.#hasAnswered = true;
    return true;
  }

  putsOff(waitMs: number, attempt: number): boolean {
    if (this.#sent.length > 0 || this.#answers.holds || this.#hasAnswered || this.#chunks !== undefined) return false;
    this.#end = 'later';
    this.#later = { delayS: waitMs / 1000, attempt };
    queueMicrotask(() => this.#run?.handBack());
    return true;
  }

  fails(error: FlowError): void {
    this.#failures.push(error);
    if (this.#end !== 'settle' || this.head.results === 'none' || error.code === 'FLOW_STOPPED') return;
    const { token } = this.head;
    const id = this.#writer.failureId(error);
    const answer = { kind: 'failure', failure: id, token, closes: false, error: error.toPayload() } as const;
    if (this.head.results === 'reply') this.#answers.send(id, answer);
    else this.#departures.keep(queuedAnswer(this.head, id, answer));
  }

  ends(status: RunStatus): void {
    this.#core.cancels.end(this);
    // What a stop interrupts may run again elsewhere; who had begun it hears so by `redelivered`.
    if (status === 'stopped') this.#end = 'release';
    void this.#finish().then(this.#onOver);
  }

  async #finish(): Promise<void> {
    const { session } = this.#core;
    try {
      if (this.#end === 'release') {
        await session.release([this.delivery]);
        return;
      }
      if (this.#end === 'leave') return;
      if (this.#end === 'later') {
        await session.later(this.delivery, this.#later.delayS, this.#later.attempt);
        return;
      }
      const departures = await this.#departures.rest();
      if (this.head.results === 'reply') {
        this.#tellEnd();
        await this.#answers.settled();
      }
      await this.#chunks?.settled();
      const settlement = this.#settlement(departures);
      await this.#core.full.during(departures, () => session.settle(this.delivery, settlement));
    } catch (error) {
      await this.#giveUp(error);
    } finally {
      this.#chunks?.close();
    }
  }

  /** Says which ends of the root are open now (D18). */
  #tellEnd(): void {
    const { token } = this.head;
    const closes = this.#sent.length === 0 || this.#isSplit;
    const isChain = this.#sent.length === 1 && !this.#isSplit;
    const saysItself = this.#sent.length === 0 && this.#answers.holds;
    if (isChain || saysItself) {
      this.#answers.end(undefined, closes);
      return;
    }
    const uncertain = this.delivery.redelivered && this.#departures.sentEarly;
    const answer = {
      kind: 'step',
      token,
      opened: this.#sent,
      closes,
      ...(uncertain ? { uncertain } : undefined),
    } as const;
    this.#answers.end({ id: `${this.delivery.id} step`, answer }, closes);
  }

  #settlement(departures: readonly OutMessage[]): Settlement {
    const failure = this.#failures.find(({ code }) => !NOT_DEAD.has(code));
    if (failure === undefined || !(this.head.kind === 'emit' || this.#core.keepsAllDead)) return { departures };
    const { code, nodeName } = failure;
    const { id, queue } = this.delivery;
    const extra = {
      queue,
      message_id: id,
      error_code: code,
      ...(nodeName === undefined ? undefined : { error_node: nodeName }),
    };
    tell(this.#core, 'dead_letter', nodeOf(queue), this.head, extra);
    return { departures, dead: { reason: JSON.stringify(failure.toPayload()) } };
  }

  async #giveUp(error: unknown): Promise<void> {
    // What is closed has handed it back.
    if (FlowError.is(error, 'CARRIER_CLOSED')) return;
    if (FlowError.is(error) && error.code !== 'LEASE_LOST' && !this.#isRefused) {
      // The engine will never take what it led to, however often it runs.
      this.#isRefused = true;
      this.#sent.length = 0;
      this.#isSplit = false;
      this.#departures.drop();
      this.fails(error);
      await this.#finish();
      return;
    }
    this.#tellLost(FlowError.is(error) ? error.message : String(error));
  }

  /** Once: what ended in that moment is refused as well. */
  #tellLost(reason: string): void {
    if (!this.#isToldLost)
      tell(this.#core, 'lease_lost', nodeOf(this.delivery.queue), this.head, { queue: this.delivery.queue, reason });
    this.#isToldLost = true;
  }

  #deliversChunk(chunk: StreamChunk): boolean {
    if (this.head.kind !== 'stream') return true;
    const { codec, part, session } = this.#core;
    this.#chunks ??= new ChunkSender({
      session,
      clock: part.clock,
      root: this.head.root,
      arrival: this.delivery.id,
      encodeMeta: (meta) => codec.encodeMeta(meta),
      onRoom: () => this.#run?.room(),
    });
    return this.#chunks.send(chunk);
  }
}
