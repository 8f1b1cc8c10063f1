import type { Class, NodeClass } from '../ports/flow-node.js';
import type { Gathering } from '../ports/gathering.js';
import type { NodePolicy } from '../ports/node-policy.js';
import type { NodeValidation } from '../ports/node-validation.js';

/** One edge of the plan: which messages of a node go to which other node. */
export interface PlanEdge {
  /** Names of the nodes. */
  readonly from: string;
  readonly to: string;
  /**
   * `all` takes every message; `class` the instances of `messageClass`; `when` those the predicate accepts;
   * `otherwise` those no `class` or `when` edge of the node took. Each edge decides by itself: a message that two
   * branches accept goes to both.
   */
  readonly kind: 'all' | 'class' | 'when' | 'otherwise';
  readonly messageClass?: Class;
  readonly predicate?: (payload: never) => boolean;
}

/** One node of the plan. */
export interface PlanNode {
  readonly name: string;
  /** `<flow>.<node>`: stable between runs, unique in a process. */
  readonly id: string;
  readonly nodeClass: NodeClass;
  readonly policy: NodePolicy;
  readonly validation: NodeValidation;
  /** Whether a replay may run it again. */
  readonly replayable: boolean;
  /** Whether history may keep the payloads that come to it. */
  readonly keepPayload: boolean;
  /** A node that keeps messages until others have come: a join, or a collect, which waits for all of a run. */
  readonly gathers: Gathering | undefined;
  /** Names of the nodes of which a `joinFrom` needs one part each. */
  readonly joins: readonly string[] | undefined;
  /** Fed by `flow.emit` (the ingress, OpenSea): the graph starts there, or no other node leads to it. */
  readonly ingress: boolean;
  /**
   * Delivers to whoever waits for results (the egress, Rookery): leads to no other node. With an edge to itself
   * (`from` = `to`), it delivers what that edge does not take.
   */
  readonly egress: boolean;
}

/** The frozen graph of a flow: what the runtime executes and what pictures are drawn from. */
export interface FlowPlan {
  readonly flowName: string;
  /** Upstream before downstream; nodes of a cycle in declaration order. */
  readonly nodes: readonly PlanNode[];
  /** In declaration order, which is the order of delivery. */
  readonly edges: readonly PlanEdge[];
  /** Capacity of each floe; 0 or less means unbounded. */
  readonly queueMaxsize: number;
  readonly deliverFailures: boolean;
  /** What becomes of the rest of a run that failed; undefined: it is cancelled while somebody waits for its answer. */
  readonly afterFailure: 'cancel' | 'continue' | undefined;
  /** Messages that a run may have pending when it puts one on a back edge. */
  readonly maxLoop: number;
  /** How long code may hold the event loop before that is said, in milliseconds; 0 = it is never said. */
  readonly blockedMs: number;
  /** Age from which an attempt is stuck, in seconds; 0 = never. */
  readonly stuckAfterS: number;
  /** Time after which a flow in which nothing moves is stalled, in seconds; 0 = never. */
  readonly stallS: number;
  /** Time after which a stream that nobody reads is ended, in seconds; 0 = never. */
  readonly chunkStallS: number;
}
