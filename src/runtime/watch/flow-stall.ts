/** What a flow in which nothing moves waits for. A plain object, ready for JSON. */
export interface FlowStall {
  /** How long nothing has moved, in seconds. */
  readonly stalledS: number;
  /** Where there is no room: before these nodes, or at the egress (`Rookery`). */
  readonly fullAt: readonly string[];
  /** Nodes whose results or emits wait for room. */
  readonly waitingNodes: readonly string[];
  /** `emit`, `call` and `stream` from outside that wait for room. */
  readonly waitingEmits: number;
  /** Nodes that wait for an answer of their own flow's handle. */
  readonly callingNodes: readonly string[];
  /** Results at the egress that nobody has fetched, those that wait for room there included. */
  readonly untakenResults: number;
  /** Trace ids of streams whose pieces nobody takes, ten of them at most. */
  readonly unreadStreams: readonly string[];
  /** What to do about it. */
  readonly hint: string;
}
