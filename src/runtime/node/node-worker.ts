import { FlowError } from '../../errors/flow-error.js';
import { rejectUnknownOptions } from '../../errors/option-error.js';
import type { PlanNode } from '../../graph/flow-plan.js';
import { Message } from '../../message/message.js';
import type { NodePolicy } from '../../ports/node-policy.js';
import { WheelEntry } from '../../scheduling/timer-wheel.js';
import type { StreamChunk } from '../../message/stream-chunk.js';
import type { ChunkOptions, NodeEmitOptions } from '../../ports/node-context.js';
import type { Floe, FloeConsumer } from '../../queue/floe.js';
import { AttemptContext } from '../attempt/attempt-context.js';
import { AttemptEvents } from '../attempt/attempt-events.js';
import { sentBy } from '../attempt/attempt-scope.js';
import { AttemptSlot } from '../attempt/attempt-slot.js';
import type { ControllerLoop } from '../routing/controller-step.js';
import { Resequencer } from './resequencer.js';
import { Envelope, Parcel } from '../trace/envelope.js';
import type { FlowCore } from '../core/flow-core.js';
import { publish } from '../core/flow-events.js';
import { RoundRobinInputs } from './round-robin-inputs.js';
import type { NodeTarget } from '../attempt/node-call.js';
import type { NodeRoutes } from '../routing/node-routes.js';
import { NodeStats } from '../attempt/node-stats.js';
import { checkAfterMs } from '../attempt/timeout-check.js';
import { deadlineError, timeoutError } from '../attempt/timeout-error.js';
import type { Outlet } from '../routing/outlet.js';
import type { Runnable } from '../../scheduling/run-queue.js';
import { LATENCY_EVENTS, type NextNode, type AttemptHost } from '../attempt/attempt-host.js';
import { failTrace } from '../core/trace-failure.js';
import { checkChunk, nextChunk } from '../attempt/chunk-sequence.js';
import type { PayloadCheck } from '../../validation/payload-check.js';
import { PendingEmit } from '../routing/pending-emit.js';
import { SlotState } from '../attempt/current-attempt.js';
import { DeferredStart } from '../attempt/deferred-start.js';

/** A node gets a fresh slot every 128 messages; a mask of their numbers. */
const YOUNG_FOR = 127;

/** One floe into a node, and who fills it. */
export interface NodeInput {
  /** Name of the node, or of the ingress. */
  readonly source: string;
  readonly floe: Floe<Parcel>;
  /** Whether the edge lies on a cycle. */
  readonly onCycle: boolean;
}

/** Runs one node: takes messages from its floes, one per free slot, and has the slots run them. */
export class NodeWorker implements Runnable, FloeConsumer, AttemptHost<AttemptSlot> {
  readonly name: string;
  readonly id: string;
  readonly policy: NodePolicy;
  readonly ordered: boolean;
  readonly deferredStart: DeferredStart;
  readonly process: NodeTarget['process'];
  readonly stats = new NodeStats();
  events!: AttemptEvents;
  loop: ControllerLoop | undefined;
  fixedOutlets: readonly Outlet[] | undefined;
  exit: Outlet | undefined;
  next: NextNode | undefined;
  nextInput = -1;
  noted = true;
  scheduled = false;
  nextInLine: Runnable | undefined;
  /** Edges to nodes, and the one to the egress. */
  outgoingEdges = 1;
  /** True once the flow stops: nothing is started any more. */
  halted = false;
  /** Interrupted attempts whose code has not returned yet. */
  readonly late = new Set<AttemptSlot>();

  #inputs: readonly Floe<Parcel>[] = [];
  /** What waits before the node: its floe, or all of several. */
  #queue!: Floe<Parcel> | RoundRobinInputs;
  /** Which of several inputs is next; undefined when there is one. */
  #roundRobin: RoundRobinInputs | undefined;
  #sources: readonly string[] = [];
  /** Where chunks go that name no node. */
  readonly #egress: readonly Outlet[];
  #routes!: NodeRoutes;
  readonly #slots: AttemptSlot[] = [];
  /** The slots without a message, linked by `nextIdle`: indexes, because the collector need not hear of those. */
  #idle = -1;
  /** Messages the node holds. */
  #busy = 0;
  #arrivals = 0;
  readonly #order: Resequencer | undefined;
  readonly #expiry = new WheelEntry(() => this.#checkTimeouts());
  readonly #timeoutMs: number | undefined;
  /** Whether each start is noted, also while the check of timeouts is armed. */
  readonly #alwaysNoted: boolean;
  readonly #concurrency: number;
  /** Wakes the node when `maxPerS` allows the next attempt. */
  readonly #throttle = new WheelEntry(() => this.onArrival());
  #nextStart = Number.NEGATIVE_INFINITY;

  constructor(
    readonly core: FlowCore,
    readonly plan: PlanNode,
    readonly target: NodeTarget,
    readonly emitCheck: PayloadCheck | undefined,
  ) {
    this.name = plan.name;
    this.id = plan.id;
    this.policy = plan.policy;
    this.ordered = plan.policy.ordered;
    this.deferredStart = new DeferredStart(plan.policy);
    // oxlint-disable-next-line typescript/unbound-method -- called with its node
    this.process = target.process;
    this.#concurrency = plan.policy.concurrency;
    this.#egress = [core.egress];
    this.#order = plan.policy.ordered ? new Resequencer() : undefined;
    this.#timeoutMs = plan.policy.timeoutS === undefined ? undefined : plan.policy.timeoutS * 1000;
    this.#alwaysNoted =
      plan.policy.maxPerS !== undefined || core.tracer !== undefined || !Number.isNaN(core.clock.stamp());
    this.noted = this.#alwaysNoted || this.#timeoutMs !== undefined;
  }

  /** Connects the worker; floes need it as their consumer, so it exists before they do. */
  connect(inputs: readonly NodeInput[], outputs: readonly Floe<Parcel>[], routes: NodeRoutes): void {
    this.#inputs = inputs.map((input) => input.floe);
    this.#sources = inputs.map((input) => input.source);
    const [first, ...others] = inputs;
    if (first === undefined || others.length !== 0) {
      const onCycle = [...inputs.keys()].filter((index) => inputs[index]?.onCycle);
      this.#queue = this.#roundRobin = new RoundRobinInputs(this.#inputs, onCycle);
    } else this.#queue = first.floe;
    this.#routes = routes;
    this.loop = routes.loop(this.plan.nodeClass, this.core.egress);
    this.fixedOutlets = this.loop === undefined ? routes.fixed : undefined;
    this.exit = this.fixedOutlets?.length === 1 && !this.ordered ? this.fixedOutlets[0] : undefined;
    this.outgoingEdges = outputs.length + (this.plan.egress ? 1 : 0);
    this.events = new AttemptEvents(this.core, this, this.#inputs, outputs, this.outgoingEdges);
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

  get queueDepthOut(): number {
    return this.events.queueDepthOut;
  }

  /** Messages that wait because of `maxPerS`. */
  get throttled(): number {
    return this.#throttle.scheduled ? this.queueDepthIn : 0;
  }

  /** Messages the node holds. */
  get inFlight(): number {
    return this.#busy;
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
      if (this.policy.maxPerS !== undefined && this.#mustThrottle()) return;
      const parcel = this.#queue.take();
      if (parcel === undefined) return;
      parcel.envelope.trace.inflight++;
      const input = this.#roundRobin === undefined ? 0 : this.#roundRobin.takenFrom;
      if (this.deferredStart.isDue()) this.#defer(parcel, input);
      else this.launch(parcel, input);
    }
  }

  isReady(): boolean {
    return this.#busy < this.deferredStart.busyAt && !this.core.runQueue.paused && this.#queue.size === 0;
  }

  launch(parcel: Parcel, input: number): void {
    if (this.#roundRobin !== undefined) this.#roundRobin.passed(input);
    this.core.runQueue.tick();
    this.#freeSlot().begin(parcel, 0, input, this.#arrivals++);
  }

  /** Itself, if who is before it may hand it a message without a floe between. */
  behindFloe(): NextNode | undefined {
    return this.policy.maxPerS === undefined ? this : undefined;
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
    publish(this.core, 'deadline_skip', this, parcel.envelope.trace, {
      extra: { deadline_s: parcel.envelope.deadlineS },
      payload: parcel.payload,
    });
    return deadlineError(this, parcel);
  }

  throttleMs(): number {
    return this.policy.maxPerS === undefined ? 0 : Math.max(0, this.#nextStart - this.core.clock.monotonic());
  }

  beginAttempt(): number {
    const { bus, clock, time, wheel } = this.core;
    if (this.policy.maxPerS !== undefined) {
      this.#nextStart = Math.max(this.#nextStart, clock.monotonic()) + 1000 / this.policy.maxPerS;
    }
    const timed = (bus.mask & LATENCY_EVENTS) !== 0;
    if (this.#timeoutMs === undefined) return timed ? time.monotonic() : Number.NaN;
    if (!this.#expiry.scheduled) {
      const now = clock.monotonic();
      wheel.scheduleAt(this.#expiry, now + checkAfterMs(clock, this.#timeoutMs, now, now));
      this.noted = this.#alwaysNoted;
      return now;
    }
    return timed ? time.monotonic() : clock.stamp();
  }

  timeLeftMs(context: AttemptContext): number {
    if (this.#timeoutMs === undefined) return Number.POSITIVE_INFINITY;
    const slot = this.#slots.find((candidate) => candidate.context === context);
    if (slot === undefined) return 0;
    const now = this.core.clock.monotonic();
    if (Number.isNaN(slot.since)) slot.since = now;
    return slot.since + this.#timeoutMs - now;
  }

  beginEmit(
    context: AttemptContext,
    payload: unknown,
    targets: NodeEmitOptions | undefined,
    envelope?: Envelope,
  ): PendingEmit | undefined {
    if (targets !== undefined) rejectUnknownOptions(targets, ['to'], `emit() of node "${this.name}"`);
    const from = AttemptContext.parcel(context);
    const parcel = Message.is(payload) ? this.parcelOf(payload, from) : new Parcel(payload, envelope ?? from.envelope);
    const outlets = targets?.to === undefined ? this.route(parcel.payload) : this.#routes.named(targets.to);
    this.core.runQueue.tick();
    return PendingEmit.start(sentBy(AttemptContext.span(context), parcel), outlets, this.core.traces, undefined);
  }

  beginChunk(context: AttemptContext, text: string, options: ChunkOptions): StreamChunk | PendingEmit<StreamChunk> {
    checkChunk(text, options, this.name);
    const { envelope } = AttemptContext.parcel(context);
    const outlets = options.to === undefined ? this.#egress : this.#routes.named(options.to);
    const chunk = nextChunk(envelope.trace, text, options);
    this.core.runQueue.tick();
    const parcel = sentBy(AttemptContext.span(context), new Parcel(chunk, envelope));
    return PendingEmit.start(parcel, outlets, this.core.traces, chunk) ?? chunk;
  }

  whenInSequence(context: AttemptContext, callback: () => void): boolean {
    return this.#order?.whenInSequence(context.delivery, callback) === true;
  }

  route(payload: unknown): readonly Outlet[] {
    return this.#routes.fixed ?? this.#routes.for(payload);
  }

  parcelOf(message: Message, from: Parcel): Parcel {
    const { trace } = from.envelope;
    if (message.traceId !== trace.id) {
      throw new FlowError('TRACE_MISMATCH', {
        message: `Node "${this.name}" works on trace ${trace.id} but emitted a Message of trace ${message.traceId}`,
        traceId: trace.id,
        nodeName: this.name,
        nodeId: this.id,
      });
    }
    if (message === Parcel.givenMessage(from)) return from;
    const envelope = new Envelope(
      trace,
      message.headers,
      message.deadlineS,
      message.meta,
      message.ts,
      from.envelope.piece,
    );
    if (message.deadlineS !== from.envelope.deadlineS) this.core.deadlines.watch(envelope, false);
    return new Parcel(message.payload, envelope, message);
  }

  failTrace(parcel: Parcel, error: FlowError): readonly Outlet[] {
    return failTrace(this.core, parcel.envelope.trace, error);
  }

  mayRelease(slot: AttemptSlot): boolean {
    return this.#order === undefined || this.#order.mayRelease(slot);
  }

  freed(slot: AttemptSlot, delivery: number): void {
    if (this.#order !== undefined) this.#order.gone(delivery);
    this.passedOn(slot);
    if (this.core.draining && !this.halted) this.core.onFreed();
  }

  passedOn(slot: AttemptSlot): void {
    slot.nextIdle = this.#idle;
    this.#idle = slot.index;
    this.#busy--;
    // A floe that is empty puts the node in line by itself when something arrives.
    if (!this.scheduled && this.#queue.size !== 0) this.core.runQueue.schedule(this);
  }

  sourceOf(input: number): string {
    return this.#sources[input] as string;
  }

  replace(slot: AttemptSlot): AttemptSlot {
    this.late.add(slot);
    return this.#newSlot(slot.index);
  }

  settledLate(slot: AttemptSlot): void {
    this.late.delete(slot);
    if (this.late.size === 0) this.core.onLateSettled();
  }

  #freeSlot(): AttemptSlot {
    this.#busy++;
    if (this.#idle === -1) return this.#newSlot(this.#slots.length);
    const idle = this.#slots[this.#idle] as AttemptSlot;
    this.#idle = idle.nextIdle;
    // A young one now and then: of what is stored in one that lived through two collections the collector has to be told.
    return (this.#arrivals & YOUNG_FOR) === 0 ? this.#newSlot(idle.index) : idle;
  }

  #newSlot(index: number): AttemptSlot {
    const slot = new AttemptSlot(this, index);
    this.#slots[index] = slot;
    return slot;
  }

  #defer(parcel: Parcel, input: number): void {
    this.core.runQueue.tick();
    this.#freeSlot().defer(parcel, input, this.#arrivals++);
  }

  /** Whether the rate limit makes the next message wait; it stays on its floe, where a cancel finds it. */
  #mustThrottle(): boolean {
    if (this.queueDepthIn === 0 || this.throttleMs() === 0) return false;
    if (!this.#throttle.scheduled) this.core.wheel.scheduleAt(this.#throttle, this.#nextStart);
    return true;
  }

  #checkTimeouts(): void {
    const timeoutMs = this.#timeoutMs as number;
    const { clock, runQueue, wheel } = this.core;
    const now = clock.monotonic();
    // The next attempt to begin arms it anew.
    this.noted = true;
    let oldest = Number.POSITIVE_INFINITY;
    runQueue.enter();
    try {
      for (const slot of [...this.#slots]) {
        if (slot.state !== SlotState.running) continue;
        if (Number.isNaN(slot.since)) slot.since = now;
        if (now - slot.since >= timeoutMs) slot.expire(timeoutError(this, slot.parcel));
        else oldest = Math.min(oldest, slot.since);
      }
    } finally {
      runQueue.leave();
    }
    // Attempts that began while this one was expiring may have armed the entry themselves.
    if (oldest !== Number.POSITIVE_INFINITY) {
      const due = now + checkAfterMs(clock, timeoutMs, now, oldest);
      if (!this.#expiry.scheduled || due < this.#expiry.due) wheel.scheduleAt(this.#expiry, due);
    }
    this.noted = this.#alwaysNoted || !this.#expiry.scheduled;
  }
}
