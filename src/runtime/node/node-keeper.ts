import type { TimedWait, WaitRequest } from '../../trace-local/timed-wait.js';
import type { EnvelopeWithLocals, IncompleteFacts } from '../../trace-local/trace-local.js';
import { actingOrderOf } from '../../graph/acting-order.js';
import { INGRESS } from '../../graph/forks-of.js';
import type { HostKeeper } from '../attempt/attempt-host.js';
import { PendingEmit } from '../routing/pending-emit.js';
import { Parcel, type Envelope } from '../trace/envelope.js';
import { noteLack } from '../trace/lacks.js';
import { sharedEnvelope } from '../trace/origin.js';
import { ownParcel } from '../trace/own-parcel.js';
import { SentMessage } from '../trace/sent-message.js';
import { JoinWaits } from './join-waits.js';
import type { NodeWorker } from './node-worker.js';

function ignore(): void {}

/** A node as the library's own nodes see theirs: joins and collects, which act when no message is at them. */
export class NodeKeeper implements HostKeeper {
  readonly #worker: NodeWorker;
  #waits: JoinWaits | undefined;

  constructor(worker: NodeWorker) {
    this.#worker = worker;
  }

  get name(): string {
    return this.#worker.name;
  }

  get id(): string {
    return this.#worker.id;
  }

  rankOf(sends: boolean): number {
    const { core, plan } = this.#worker;
    return actingOrderOf(core.plan).rankOf(plan, sends);
  }

  get waitsForEmits(): boolean {
    const { joinsFrom } = this.#worker;
    return joinsFrom === undefined || joinsFrom === INGRESS;
  }

  /** Joins that wait for the rest of their parts, for some time. */
  get waiting(): number {
    return this.#waits === undefined ? 0 : this.#waits.size;
  }

  /** Whether time goes on for one of them: one that is out of time waits for the node to be free. */
  get hasTimers(): boolean {
    return this.#waits !== undefined && this.#waits.size > this.#waits.outOfTime;
  }

  beginWait(request: WaitRequest, first: Parcel, input: number): TimedWait {
    if (this.#waits === undefined) {
      this.#waits = new JoinWaits(this.#worker);
      this.#worker.gateBy(this.#waits);
    }
    return this.#waits.begin(request, first, input);
  }

  resend(about: object, payload: unknown, envelopes: readonly EnvelopeWithLocals[]): void {
    const { core, inputs } = this.#worker;
    const envelope = sharedEnvelope(envelopes as readonly Envelope[]);
    const parcel = ownParcel(new Parcel(payload, envelope, undefined, this.#sentBy(envelope)), this, about);
    core.runQueue.enter();
    try {
      // Not the first one, which a cycle may keep shut: the last is never one from outside of it only.
      const waiting = PendingEmit.start(parcel, inputs.slice(-1), core.traces, undefined);
      // Its run may be cancelled meanwhile, which is its own affair.
      waiting?.done.catch(ignore);
    } finally {
      core.runQueue.leave();
    }
  }

  /** What it gives itself is of the whole run, and known by what the run began with. */
  #sentBy({ trace }: Envelope): SentMessage | undefined {
    const { account } = trace;
    if (trace.span === undefined || account?.first === undefined) return undefined;
    const { core, name } = this.#worker;
    const which = `kept ${account.resent++}`;
    const nowMs = core.time.nowMs();
    return SentMessage.fromNode(account.sends(), nowMs, undefined, undefined, name, account.first, which);
  }

  reportIncomplete(envelope: EnvelopeWithLocals, facts: IncompleteFacts): void {
    const { events, stats } = this.#worker;
    stats.incomplete++;
    const { trace } = envelope as Envelope;
    noteLack(trace, { node: this, missing: facts.missing });
    const { account } = trace;
    if (account !== undefined) account.incomplete++;
    events.publish('join_incomplete', envelope as Envelope, { extra: { ...facts } });
  }
}
