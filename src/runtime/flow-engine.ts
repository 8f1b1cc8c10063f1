import { EventBus } from '../events/event-bus.js';
import { describeThrown } from '../errors/flow-error.js';
import type { FlowPlan, PlanEdge, PlanNode } from '../graph/flow-plan.js';
import { forksOf, INGRESS, type Fork, type Forks } from '../graph/forks-of.js';
import { TimerWheel } from '../scheduling/timer-wheel.js';
import { Floe } from '../queue/floe.js';
import { cyclesOf } from '../graph/cycles-of.js';
import { DeadlineWatch } from './trace/deadline-watch.js';
import { isGone, type Parcel } from './trace/envelope.js';
import { expireDeadlines } from './control/expire-deadline.js';
import type { FlowCore } from './core/flow-core.js';
import type { PlaceEvents } from './core/place-events.js';
import { RunStory } from './core/run-story.js';
import { FlowDependencies } from './dependency/flow-dependencies.js';
import type { FlowParts } from './flow-parts.js';
import { FailedRuns } from './control/failed-runs.js';
import { GoneSweeper } from './control/gone-sweeper.js';
import { QuietRuns } from './control/quiet-runs.js';
import { overflowLoop } from './control/overflow-loop.js';
import { CycleGate } from './node/cycle-gate.js';
import { Ingress } from './node/ingress.js';
import type { PartShape } from './border/arrival.js';
import { BorderGate } from './border/border-gate.js';
import { BackEdge } from './routing/back-edge.js';
import { ForkOrigins } from './routing/fork-origins.js';
import type { Outlet } from './routing/outlet.js';
import { loopGovernor } from '../scheduling/loop-governor.js';
import type { NodeCall } from './attempt/node-call.js';
import { NodeRoutes, type Route } from './routing/node-routes.js';
import type { NodeInput } from './node/node-input.js';
import { NodeWorker } from './node/node-worker.js';
import { Playbooks, type PlaybookFlow } from './playbooks.js';
import { Egress } from './egress/egress.js';
import { logUnclaimed } from './core/trace-failure.js';
import { RunQueue } from '../scheduling/run-queue.js';
import { egressEvents, flowEvents, ingressEvents, OPEN_SEA } from './control/event-places.js';
import { tellTraceEnd } from './core/trace-end.js';
import { TraceRegistry } from './trace/trace-registry.js';
import type { TraceRecord } from './trace/trace-record.js';
import { TurnClock } from '../scheduling/turn-clock.js';
import type { WiredFlow } from './control/wired-flow.js';
import { FlowWatch } from './watch/flow-watch.js';

/** What a flow knows of the flow around it. */
export interface FlowSurroundings {
  /** Makes the flow of a playbook. */
  readonly openPlaybook: (flowClass: Function) => PlaybookFlow;
  /** The event bus of the flow whose node called this one. */
  readonly observer?: EventBus | undefined;
}

/** The wired graph of one flow: a worker per node, a floe per edge, an ingress and an egress. */
export class FlowEngine implements WiredFlow {
  readonly core: FlowCore;
  readonly isPlaybook: boolean;
  /** In the order of the plan: upstream first. */
  readonly workers: readonly NodeWorker[];
  readonly ingress: Ingress;
  readonly ingressEvents: PlaceEvents;
  readonly egressEvents: PlaceEvents;
  readonly story: RunStory;
  readonly gone: GoneSweeper;
  readonly failed: FailedRuns = new FailedRuns(this);
  readonly gates: CycleGate[] = [];
  readonly borders: BorderGate[] = [];
  readonly playbooks: Playbooks;
  readonly dependencies: FlowDependencies;
  readonly watch: FlowWatch;
  readonly #part: PartShape | undefined;

  constructor(parts: FlowParts, surroundings: FlowSurroundings) {
    const { plan, clock, log, part } = parts;
    this.#part = part;
    const wheel = new TimerWheel(clock, plan.blockedMs === 0 ? Number.POSITIVE_INFINITY : plan.blockedMs);
    const runQueue = new RunQueue(loopGovernor);
    const traces = new TraceRegistry((trace) => this.#forget(trace));
    const members = plan.nodes.filter(({ name }) => part === undefined || part.members.has(name));
    const egressNodes = members.filter((node) => node.egress).length;
    this.isPlaybook = surroundings.observer !== undefined;
    this.playbooks = new Playbooks(surroundings.openPlaybook, () => this.core);
    this.dependencies = new FlowDependencies(
      () => this.core,
      () => flowEvents(this),
    );
    this.core = {
      plan,
      clock,
      log,
      wheel,
      traces,
      correlation: parts.correlation,
      tracer: parts.tracer,
      playbooks: this.playbooks,
      dependencies: this.dependencies,
      bus: new EventBus((subscription, error, event) => {
        log.write(
          'error',
          'middleware_error',
          { middleware: subscription.name, exception: describeThrown(error), error },
          {
            trace_id: event.traceId,
            flow_name: plan.flowName,
            node_name: event.nodeName,
            node_id: event.nodeId,
          },
        );
      }, surroundings.observer),
      runQueue,
      time: new TurnClock(clock, runQueue),
      egress: new Egress(
        {
          capacity: plan.queueMaxsize > 0 ? plan.queueMaxsize * Math.max(1, egressNodes) : 0,
          deliverFailures: plan.deliverFailures,
          onUnclaimed: (failure) => logUnclaimed(this.core, failure, failure.error),
        },
        traces,
      ),
      deadlines: new DeadlineWatch(wheel, clock, (passed) => expireDeadlines(this, passed)),
      endRest: (run, failure) => this.failed.endRest(run, failure),
      draining: false,
      onFreed: () => {},
      onLateSettled: () => {},
      onBlocked: () => {},
    };
    const forks = forksOf(plan);
    const origins = forkOrigins(plan, forks);
    this.workers = members.map((node) => {
      const { target, emitCheck } = parts.calls.get(node.name) as NodeCall;
      const nodeOrigins = { emitted: origins.get(node), joinsFrom: forks.ofJoin.get(node.name) };
      return new NodeWorker(this.core, node, target, emitCheck, nodeOrigins);
    });
    this.ingress = this.#wire(origins.get(INGRESS));
    this.ingressEvents = ingressEvents(this.core, this.ingress);
    this.egressEvents = egressEvents(this.core);
    this.story = new RunStory(this.core, flowEvents(this), () => {
      for (const { timeouts } of this.workers) timeouts.noteAll();
    });
    const quiet = new QuietRuns(this.core);
    traces.onMove = (run) => quiet.note(run);
    this.gone = new GoneSweeper(this.core, this.workers, this.gates);
    this.watch = new FlowWatch(this);
    for (const subscription of parts.subscriptions) this.core.bus.attach(subscription);
  }

  /** Whether nothing is queued, in flight, waiting for room or at a join for some time, results at the egress aside. */
  get idle(): boolean {
    return (
      this.core.egress.waiting === 0 &&
      this.workers.every(
        ({ inFlight, inputs, keeper }) =>
          inFlight === 0 && keeper.waiting === 0 && inputs.every((floe) => floe.size === 0 && floe.waiting === 0),
      )
    );
  }

  #wire(origins: ForkOrigins | undefined): Ingress {
    const { plan } = this.core;
    const byName = new Map(this.workers.map((worker) => [worker.name, worker]));
    const inputs = new Map<NodeWorker, NodeInput[]>(this.workers.map((worker) => [worker, []]));
    const cycles = cyclesOf(plan).map((group) => ({ ...group, backFloes: [] as Floe<Parcel>[] }));
    const cycleOf = (edge: PlanEdge | undefined) => cycles.find(({ edges }) => edge !== undefined && edges.has(edge));
    const newFloe = (source: string, consumer: NodeWorker, edge?: PlanEdge): Floe<Parcel> => {
      const cycle = cycleOf(edge);
      const isBack = edge !== undefined && cycle?.backEdges.has(edge) === true;
      const floe = new Floe<Parcel>(isBack ? 0 : plan.queueMaxsize, consumer, isGone);
      if (isBack) cycle?.backFloes.push(floe);
      inputs.get(consumer)?.push({ source, floe, inside: cycle !== undefined });
      return floe;
    };
    const ingress = this.workers
      .filter((worker) => worker.plan.ingress)
      .map((worker) => ({ worker, floe: newFloe(OPEN_SEA, worker) }));
    const edgesFrom = new Map<string, PlanEdge[]>(this.workers.map((worker) => [worker.name, []]));
    for (const edge of plan.edges) edgesFrom.get(edge.from)?.push(edge);
    const outgoing = this.workers.map((worker) => {
      // Branches that lead to one node share its floe, so that their order is kept.
      const floes = new Map<string, Floe<Parcel>>();
      const outlets = new Map<string, Outlet>();
      const routes: Route[] = (edgesFrom.get(worker.name) ?? []).map((edge) => {
        const target = byName.get(edge.to);
        if (target === undefined || this.#isCut(edge)) {
          const gate = outlets.get(edge.to) ?? this.#newBorder(edge);
          outlets.set(edge.to, gate);
          return { edge, target: this.#plannedNode(edge.to).nodeClass, outlet: gate };
        }
        const floe = floes.get(edge.to) ?? newFloe(worker.name, target, edge);
        floes.set(edge.to, floe);
        const isBack = cycleOf(edge)?.backEdges.has(edge) === true;
        const outlet = outlets.get(edge.to) ?? (isBack ? this.#backEdge(floe) : floe);
        outlets.set(edge.to, outlet);
        return { edge, target: target.plan.nodeClass, outlet };
      });
      return { worker, routes, floes: [...floes.values()] };
    });
    for (const [source, worker] of this.#comingIn(byName)) newFloe(source, worker);
    const gates = new Map(cycles.map((cycle) => [cycle, new CycleGate(cycle.backFloes, plan.queueMaxsize)]));
    this.gates.push(...gates.values());
    for (const { worker, routes, floes } of outgoing) {
      const egress = worker.plan.egress ? this.core.egress : undefined;
      const cycle = cycles.find(({ nodes }) => nodes.has(worker.name));
      const gate = cycle && gates.get(cycle);
      const node = { name: worker.name, ofClass: worker.plan.nodeClass.name };
      worker.connect(inputs.get(worker) ?? [], floes, new NodeRoutes(node, routes, egress), gate);
    }
    const consumers = new Map(this.workers.flatMap((worker) => worker.inputs.map((floe) => [floe, worker])));
    for (const worker of this.workers) worker.findNext(consumers);
    return new Ingress(this.core, ingress, origins);
  }

  #isCut(edge: PlanEdge): boolean {
    return this.#part?.isCut(edge) === true;
  }

  /** The nodes elsewhere that lead to nodes here, each once for a node, with that. */
  #comingIn(byName: ReadonlyMap<string, NodeWorker>): readonly (readonly [source: string, worker: NodeWorker])[] {
    const coming = new Map<string, readonly [string, NodeWorker]>();
    for (const edge of this.core.plan.edges) {
      const worker = byName.get(edge.to);
      if (worker === undefined || (byName.has(edge.from) && !this.#isCut(edge))) continue;
      coming.set(JSON.stringify([edge.from, edge.to]), [edge.from, worker]);
    }
    return [...coming.values()];
  }

  #newBorder(edge: PlanEdge): BorderGate {
    const { clock, traces } = this.core;
    const gate = new BorderGate(edge, this.#plannedNode(edge.to).id, clock, traces);
    this.borders.push(gate);
    return gate;
  }

  #plannedNode(name: string): PlanNode {
    return this.core.plan.nodes.find((node) => node.name === name) as PlanNode;
  }

  #backEdge(floe: Floe<Parcel>): Outlet {
    const { maxLoop } = this.core.plan;
    return new BackEdge(floe, maxLoop, (run) => overflowLoop(this, run, maxLoop));
  }

  #forget(trace: TraceRecord): void {
    this.core.deadlines.forget(trace);
    this.core.egress.closeStream(trace);
    tellTraceEnd(trace);
    if (trace.cancelled) {
      trace.cancelled = false;
      this.egressEvents.publish('trace_cancel_finish', trace);
    }
    this.story.end(trace);
  }
}

/** Who gives origins, by fork. */
function forkOrigins(plan: FlowPlan, { above }: Forks): ReadonlyMap<Fork, ForkOrigins> {
  const edgeCount = (fork: Fork): number =>
    fork === INGRESS
      ? plan.nodes.filter(({ ingress }) => ingress).length
      : new Set(plan.edges.filter(({ from }) => from === fork.name).map(({ to }) => to)).size;
  return new Map([...above].map(([fork, others]) => [fork, new ForkOrigins(fork, edgeCount(fork), others)]));
}
