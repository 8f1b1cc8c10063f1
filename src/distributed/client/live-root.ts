import type { FlowError, RootHost, RootRequest, RootRun } from '../../index.js';
import type { OutMessage } from '../carrier/messages.js';
import type { StoredRecord } from '../carrier/records.js';
import { decodeAnswer, errorFrom, type Answer } from '../protocol/answer.js';
import type { Outbox } from './outbox.js';
import type { RootSink } from './root-sink.js';
import { TokenSet } from './token-set.js';

/** What a root needs of its client. */
export interface RootHome {
  readonly outbox: Outbox;
  /** Whether what comes of roots is heard here; otherwise an emit is over when it was taken. */
  readonly hears: boolean;
  /** What becomes of the rest of a run when a message of it has failed. */
  readonly afterFailure: 'cancel' | 'continue' | undefined;
  /** Has workers end what is under way of it. */
  cancelAtWorkers(root: string, reason: string): void;
  /** It has moved on: somebody may not wait for it any more. */
  changed(): void;
  /** Nothing of it is known any more. */
  forget(root: LiveRoot): void;
}

/** Codes that leave the work elsewhere going, or have ended it already: the trace was cancelled as a whole. */
const NO_CANCEL: ReadonlySet<string> = new Set(['FLOW_STOPPED', 'TRACE_CANCELLED']);

/** A root that this client has begun and that is not over: its messages, its open tokens, and who waits for it. */
export class LiveRoot implements RootHost {
  readonly id: string;
  readonly kind: RootRequest['kind'];
  readonly traceId: string;
  readonly #home: RootHome;
  readonly #sink: RootSink;
  readonly #tokens = new TokenSet();
  readonly #seen = new Set<string>();
  readonly #withdraw: (() => boolean)[] = [];
  #run: RootRun | undefined;
  #unanswered = 0;
  #new = 0;
  #isUncertain = false;
  #isAnswered = false;

  constructor(id: string, request: Pick<RootRequest, 'kind' | 'traceId'>, sink: RootSink, home: RootHome) {
    this.id = id;
    this.kind = request.kind;
    this.traceId = request.traceId;
    this.#sink = sink;
    this.#home = home;
  }

  /** Whether somebody waits for it. */
  get isAwaited(): boolean {
    return this.kind === 'emit' ? this.#unanswered > 0 : !this.#isAnswered;
  }

  /** @returns whether it goes on: a listener may have cancelled it as it began */
  begun(run: RootRun): boolean {
    this.#run = run;
    return !run.hasEnded;
  }

  /** It could not be sent. */
  refuse(error: FlowError): void {
    this.#run?.failed(error);
    this.#answered();
    this.#sink.fails(error);
    this.#run?.end();
  }

  send(messages: readonly OutMessage[]): void {
    for (const { id } of messages) this.#tokens.open(id);
    this.#unanswered = messages.length;
    for (const message of messages) {
      this.#withdraw.push(
        this.#home.outbox.send(message, (error, duplicate) => this.#taken(message, error, duplicate)),
      );
    }
  }

  take({ id, body }: StoredRecord): void {
    const answer = decodeAnswer(body);
    if (answer === undefined || this.#hasSeen(id)) return;
    this.#read(answer);
    if (answer.kind === 'step') {
      for (const token of answer.opened) this.#tokens.open(token);
      this.#isUncertain ||= answer.uncertain === true;
    }
    if (answer.closes) this.#tokens.close(answer.token);
    this.#checkOver();
    this.#home.changed();
  }

  /** Others go on with it, this process does not. */
  leave(): void {
    this.#run?.leave();
  }

  /** Whoever asked wants no more of it. */
  cancel(reason: string): void {
    this.#withdrawAll(reason);
    this.#run?.cancel(reason);
  }

  /** Ends it with an error for whoever waits. */
  cancelWith(error: FlowError): void {
    this.#withdrawAll(error.message);
    this.#run?.cancel(error);
  }

  fails(error: FlowError): void {
    const isLateEmit = this.kind === 'emit' && error.code === 'DEADLINE_EXCEEDED';
    // The deadline of an emit travels along.
    if (!NO_CANCEL.has(error.code) && !isLateEmit) this.#withdrawAll(error.message);
    else this.#withdrawQuietly();
    this.#isAnswered = true;
    this.#sink.fails(error);
  }

  ends(): void {
    this.#home.forget(this);
  }

  #taken({ id }: OutMessage, error: FlowError | undefined, duplicate: boolean): void {
    this.#unanswered--;
    if (this.#run?.hasEnded !== false) return;
    if (error !== undefined) {
      this.#withdrawAll(error.message);
      this.refuse(error);
      return;
    }
    // What was accepted before is another root's.
    if (duplicate) this.#tokens.close(id);
    else this.#new++;
    if (this.#unanswered > 0) return;
    this.#run.accepted();
    this.#sink.accepted(this.#new === 0);
    if (!this.#home.hears) this.#run.leave();
    else if (!this.#run.hasEnded) this.#checkOver();
    this.#home.changed();
  }

  #read(answer: Answer): void {
    if (answer.kind === 'result') {
      if (this.#hasSeen(`result ${answer.result}`)) return;
      this.#run?.delivered();
      if (this.#sink.result(answer)) this.#answered();
    } else if (answer.kind === 'failure') {
      if (this.#hasSeen(`failure ${answer.failure}`)) return;
      const error = errorFrom(answer.error);
      this.#run?.failed(error);
      if (!this.#sink.failure(error, answer)) return;
      this.#answered();
      if (answer.closes) this.#tokens.close(answer.token);
      if (!this.#tokens.isOver && this.#home.afterFailure !== 'continue') this.cancel('another message of it failed');
    }
  }

  #checkOver(): void {
    // Before that, its last messages may not be known.
    if (this.#unanswered > 0 || !this.#tokens.isOver || this.#run?.hasEnded !== false) return;
    const over = this.#sink.over(this.#isUncertain);
    if (over === false) return;
    if (over !== true) {
      this.#run.failed(over);
      this.#answered();
      this.#sink.fails(over);
    }
    this.#run.end();
  }

  #answered(): void {
    this.#isAnswered = true;
    this.#run?.answered();
  }

  #hasSeen(what: string): boolean {
    if (this.#seen.has(what)) return true;
    this.#seen.add(what);
    return false;
  }

  #withdrawAll(reason: string): void {
    if (!this.#withdrawQuietly()) this.#home.cancelAtWorkers(this.id, reason);
  }

  /** @returns whether nothing has gone out */
  #withdrawQuietly(): boolean {
    const left = this.#withdraw.splice(0);
    return left.map((withdraw) => withdraw()).every(Boolean);
  }
}
