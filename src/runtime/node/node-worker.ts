import type { FlowError } from '../../errors/flow-error.js';
import type { PlanNode } from '../../graph/flow-plan.js';
import { RetryBudget } from '../../policy/retry-budget.js';
import type { NodePolicy } from '../../ports/node-policy.js';
import type { Floe, FloeConsumer } from '../../queue/floe.js';
import type { AttemptContext } from '../attempt/attempt-context.js';
import { AttemptTimeouts } from '../attempt/attempt-timeouts.js';
import { ForkEmits } from '../attempt/fork-emits.js';
import { NodeEmits } from '../attempt/node-emits.js';
import { PlaceEvents } from '../core/place-events.js';
import { deadlineError } from '../trace/deadline-error.js';
import type { CycleGate } from './cycle-gate.js';
import { GatedInputs, type InputCycle } from './gated-inputs.js';
import type { JoinWaits } from './join-waits.js';
import type { NodeInput } from './node-input.js';
import { NodeKeeper } from './node-keeper.js';
import { LateAttempts } from './late-attempts.js';
import { RateLimit } from './rate-limit.js';
import { AttemptSlot } from '../attempt/attempt-slot.js';
import { lateAttempt } from '../attempt/late-attempt.js';
import type { ControllerLoop } from '../routing/controller-step.js';
import { Resequencer } from './resequencer.js';
import type { Parcel } from '../trace/envelope.js';
import type { TraceRecord } from '../trace/trace-record.js';
import type { FlowCore } from '../core/flow-core.js';
import { RoundRobinInputs } from './round-robin-inputs.js';
import type { NodeTarget } from '../attempt/node-call.js';
import type { NodeOrigins } from '../routing/fork-origins.js';
import type { NodeRoutes } from '../routing/node-routes.js';
import { NodeStats } from '../attempt/node-stats.js';
import type { Outlet } from '../routing/outlet.js';
import type { Runnable } from '../../scheduling/run-queue.js';
import type { AttemptHost, NextNode } from '../attempt/attempt-host.js';
import type { PayloadCheck } from '../../validation/payload-check.js';
import { DeferredStart } from '../attempt/deferred-start.js';

/** A node gets a fresh slot every 128 messages; a mask of their numbers. */
const YOUNG_FOR = 127;

/** The start of every 64th message is timed; a mask of their numbers. */
const TIMED_EVERY = 63;

/** Runs one node: takes messages from its floes, one per free slot, and has the slots run them. */
export class NodeWorker implements Runnable, FloeConsumer, AttemptHost {
  readonly name: string;
  readonly id: string;
  readonly policy: NodePolicy;
  readonly ordered: boolean;
  readonly deferredStart: DeferredStart;
  readonly process: NodeTarget['process'];
  readonly stats = new NodeStats();
  readonly retryBudget: RetryBudget | undefined;
  events!: PlaceEvents;
  routes!: NodeRoutes;
  readonly emits: NodeEmits;
  readonly joinsFrom: object | undefined;
  readonly timeouts: AttemptTimeouts;
  readonly keeper = new NodeKeeper(this);
  loop: ControllerLoop | undefined;
  fixedOutlets: readonly Outlet[] | undefined;
  exit: Outlet | undefined;
  next: NextNode | undefined;
  nextInput = -1;
  scheduled = false;
  nextInLine: Runnable | undefined;
  /** Edges to nodes, and the one to the egress. */
  outgoingEdges = 1;
  /** True once the flow stops: nothing is started any more. */
  halted = false;
  /** Interrupted attempts whose code has not returned yet. */
  readonly late: LateAttempts;
  #inputs: readonly Floe<Parcel>[] = [];
  /** What waits before the node: its floe, or all of several. */
  #queue!: Floe<Parcel> | RoundRobinInputs;
  /** Set where a gate of its cycle decides on what comes in. */
  #cycle: InputCycle | undefined;
  /** Which of several inputs is next; undefined when there is one. */
  #roundRobin: RoundRobinInputs | undefined;
  #sources: readonly string[] = [];
  readonly #slots: AttemptSlot[] = [];
  /** The first slot without a message; the others follow by `nextIdle`. Indexes: docs/performance.md, "old objects". */
  #idle = -1;
  /** Messages the node holds, and as many as it may while it starts nothing. */
  #busy = 0;
  #arrivals = 0;
  readonly #order: Resequencer | undefined;
  readonly #concurrency: number;
  readonly #rateLimit: RateLimit | undefined;

  constructor(
    readonly core: FlowCore,
    readonly plan: PlanNode,
    readonly target: NodeTarget,
    readonly emitCheck: PayloadCheck | undefined,
    { emitted, joinsFrom }: NodeOrigins,
  ) {
    this.name = plan.name;
    this.id = plan.id;
    this.policy = plan.policy;
    this.ordered = plan.policy.ordered;
    this.deferredStart = new DeferredStart(plan.policy);
    // oxlint-disable-next-line typescript/unbound-method -- called with its node
    this.process = target.process;
    this.#concurrency = plan.policy.concurrency;
    this.joinsFrom = joinsFrom;
    this.emits = emitted === undefined ? new NodeEmits(this) : new ForkEmits(this, emitted);
    this.#order = plan.policy.ordered ? new Resequencer() : undefined;
    this.timeouts = new AttemptTimeouts(core, plan, this.#slots);
    const { maxPerS, maxLate, retryBudget } = plan.policy;
    this.retryBudget = retryBudget === undefined ? undefined : new RetryBudget(retryBudget);
    this.late = new LateAttempts(maxLate, this.#concurrency, () => this.#holdBack());
    this.#rateLimit = maxPerS === undefined ? undefined : new RateLimit(core, maxPerS, () => this.onArrival());
  }

  /** Connects the worker; floes need it as their consumer, so it exists before they do. */
  connect(
    inputs: readonly NodeInput[],
    outputs: readonly Floe<Parcel>[],
    routes: NodeRoutes,
    gate: CycleGate | undefined,
  ): void {
    this.#inputs = inputs.map((input) => input.floe);
    this.#sources = inputs.map((input) => input.source);
    const [first, ...others] = inputs;
    if (first === undefined || others.length !== 0) {
      this.#cycle = gate && { gate, inside: inputs.map((input) => input.inside), node: this };
      if (this.#cycle === undefined) this.#queue = this.#roundRobin = new RoundRobinInputs(this.#inputs);
      else this.gateBy(undefined);
    } else this.#queue = first.floe;
    this.routes = routes;
    this.loop = routes.loop(this.plan.nodeClass, this.core.egress);
    this.fixedOutlets = this.loop === undefined ? this.emits.fixedOutlets(routes) : undefined;
    this.exit = this.fixedOutlets?.length === 1 && !this.ordered ? this.fixedOutlets[0] : undefined;
    this.outgoingEdges = outputs.length + (this.plan.egress ? 1 : 0);
    const { name, id, outgoingEdges } = this;
    this.events = new PlaceEvents(this.core, { name, id, before: this.#inputs, behind: outputs, outgoingEdges });
  }

  /** Has a gate decide on what comes in. */
  gateBy(join: JoinWaits | undefined): void {
    this.#queue = this.#roundRobin = new GatedInputs(this.#inputs, this.#cycle, join);
  }

  get inputs(): readonly Floe<Parcel>[] {
    return this.#inputs;
  }

  get slots(): readonly AttemptSlot[] {
    return this.#slots;
  }

  get queueDepthIn(): number {
    return this.events.queueDepthIn;
  }

  /** Messages that wait because of `maxPerS`. */
  get throttled(): number {
    return this.#rateLimit?.waiting === true ? this.queueDepthIn : 0;
  }

  /** Messages the node holds. */
  get inFlight(): number {
    return this.late.isFull ? this.#busy - this.#concurrency : this.#busy;
  }

  onArrival(): void {
    // A node without a free slot looks at its floes when one is free again.
    if (!this.scheduled && this.#busy < this.#concurrency) this.core.runQueue.schedule(this);
  }

  pump(): void {
    const { runQueue } = this.core;
    while (this.#busy < this.#concurrency && !this.halted) {
      if (runQueue.paused) {
        runQueue.schedule(this);
        return;
      }
      // What must wait stays on its floe, where a cancel finds it.
      if (this.#rateLimit !== undefined && this.queueDepthIn !== 0 && this.#rateLimit.mustWait()) return;
      const parcel = this.#queue.take();
      if (parcel === undefined) return;
      const { trace } = parcel.envelope;
      if (trace.ended) continue; // while the message was on its way here
      trace.inflight++;
      const input = this.#roundRobin === undefined ? 0 : this.#roundRobin.takenFrom;
      if (this.deferredStart.isDue()) this.#defer(parcel, input);
      else this.launch(parcel, input);
    }
  }

  isReady(): boolean {
    return this.#busy < this.deferredStart.busyAt && !this.core.runQueue.paused && this.#queue.held === 0;
  }

  launch(parcel: Parcel, input: number): void {
    if (this.#roundRobin !== undefined) this.#roundRobin.passed(input);
    this.core.runQueue.tick();
    this.#freeSlot().begin(parcel, 0, input, this.#arrivals++);
  }

  /** Itself, if the node before it may hand it a message without a floe between. */
  behindFloe(): NextNode | undefined {
    return this.#rateLimit === undefined && this.#cycle === undefined ? this : undefined;
  }

  /** Finds the node behind the only way out; every node is connected by now. */
  findNext(consumers: ReadonlyMap<unknown, NodeWorker>): void {
    const consumer = consumers.get(this.exit);
    this.next = consumer?.behindFloe();
    this.nextInput = consumer?.inputs.findIndex((floe) => floe === this.exit) ?? -1;
  }

  /** Says that a message is not processed because its deadline has passed, and returns the error for its trace. */
  reportSkip(parcel: Parcel): FlowError {
    this.stats.skipped++;
    const { payload, envelope } = parcel;
    const { trace, deadlineS } = envelope;
    this.events.publish('deadline_skip', envelope, { extra: { deadline_s: deadlineS }, payload });
    return deadlineError(trace.id, deadlineS, this);
  }

  throttleMs(): number {
    return this.#rateLimit === undefined ? 0 : this.#rateLimit.waitMs();
  }

  beginAttempt(trace: TraceRecord, attempt: number): number {
    if (trace.account !== undefined) trace.account.begin(attempt);
    if (this.#rateLimit !== undefined) this.#rateLimit.noteStart();
    if (this.retryBudget !== undefined) this.retryBudget.noteAttempt(this.core.clock.monotonic());
    return this.timeouts.begin();
  }

  whenInSequence(context: AttemptContext, callback: () => void): boolean {
    return this.#order?.whenInSequence(context.delivery, callback) === true;
  }

  mayRelease(slot: AttemptSlot): boolean {
    return this.#order === undefined || this.#order.mayRelease(slot);
  }

  freed(slot: AttemptSlot, delivery: number): void {
    if (this.#order !== undefined) this.#order.gone(delivery);
    this.freedFast(slot);
    if (this.core.draining && !this.halted) this.core.onFreed();
  }

  freedFast(slot: AttemptSlot): void {
    slot.nextIdle = this.#idle;
    this.#idle = slot.index;
    this.#busy--;
    // A floe that is empty puts the node in line by itself when something arrives.
    if (!this.scheduled && this.#queue.held !== 0) this.core.runQueue.schedule(this);
  }

  sourceOf(input: number): string {
    return this.#sources[input] as string;
  }

  replace(slot: AttemptSlot): AttemptSlot {
    this.late.add(slot, lateAttempt(slot, this.core.clock.monotonic()));
    return this.#newSlot(slot.index, slot);
  }

  settledLate(slot: AttemptSlot): void {
    this.late.delete(slot);
    if (this.late.size === 0) this.core.onLateSettled();
  }

  /** Starts nothing, as if it was busy, or starts again. */
  #holdBack(): void {
    this.#busy += this.late.isFull ? this.#concurrency : -this.#concurrency;
    if (!this.late.isFull) this.core.runQueue.schedule(this);
  }

  #freeSlot(): AttemptSlot {
    this.#busy++;
    if (this.#idle === -1) return this.#newSlot(this.#slots.length);
    const idle = this.#slots[this.#idle] as AttemptSlot;
    this.#idle = idle.nextIdle;
    return (this.#arrivals & TIMED_EVERY) === 0 ? this.#nowAndThen(idle) : idle;
  }

  /** What is done with few messages only. */
  #nowAndThen(idle: AttemptSlot): AttemptSlot {
    this.timeouts.timeNext();
    // A young one: docs/performance.md, "old objects".
    return (this.#arrivals & YOUNG_FOR) === 0 ? this.#newSlot(idle.index) : idle;
  }

  #newSlot(index: number, before?: AttemptSlot): AttemptSlot {
    const slot = new AttemptSlot(this, index, before);
    this.#slots[index] = slot;
    return slot;
  }

  #defer(parcel: Parcel, input: number): void {
    this.core.runQueue.tick();
    this.#freeSlot().defer(parcel, input, this.#arrivals++);
  }
}
