/** What a metric is, as `# HELP` and `# TYPE` say it. */
export interface MetricSpec<L extends string = string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly L[];
}

const NODE = ['flow_name', 'node_name'] as const;
const FLOW = ['flow_name'] as const;
const QUEUE = ['flow_name', 'queue'] as const;

function spec<const L extends string>(name: string, help: string, labels: readonly L[]): MetricSpec<L> {
  return Object.freeze({ name: `penguiflow_${name}`, help, labels: Object.freeze([...labels]) });
}

/**
 * Every metric, its labels and so its cardinality. Flow and node names come from the graph, `event_type`, `outcome` and `state` from
 * enums, `queue` from the plan, `tenant` from the allow-list, `dependency` from the first hundred names; nothing that a message carries is ever a label.
 */
export const METRICS = {
  // From events
  events: spec('node_events_total', 'Events of a node, by type. Node starts are not counted by default.', [
    ...NODE,
    'event_type',
    'tenant',
  ]),
  latency: spec('node_latency_seconds', 'How long process ran, per attempt.', [...NODE, 'outcome']),
  traceLatency: spec('flow_trace_latency_seconds', 'How long a run took, until the last message left its node.', [
    ...FLOW,
    'status',
  ]),
  dependencyLatency: spec(
    'dependency_latency_seconds',
    'How long a call of a dependency took with all its tries, by how it ended.',
    [...FLOW, 'dependency', 'outcome'],
  ),
  // From snapshot(), when somebody scrapes
  messages: spec('node_messages_total', 'Messages a node is done with: succeeded or failed.', [...NODE, 'outcome']),
  retries: spec('node_retries_total', 'Attempts after the first.', NODE),
  timeouts: spec('node_timeouts_total', 'Attempts that outlived timeoutS or their deadline.', NODE),
  deadlineSkips: spec('node_deadline_skips_total', 'Messages not processed because their deadline had passed.', NODE),
  cancellations: spec('node_cancellations_total', 'Attempts interrupted because their trace was cancelled.', NODE),
  queueDepthIn: spec('node_queue_depth_in', 'Messages waiting on the floes into a node.', NODE),
  queueDepthOut: spec('node_queue_depth_out', 'Messages waiting on the floes out of a node.', NODE),
  queueCapacity: spec(
    'node_queue_capacity',
    'Messages that fit on the floes into a node; absent when unbounded.',
    NODE,
  ),
  waitingForRoom: spec('node_waiting_for_room', 'Messages held back because the floes into a node are full.', NODE),
  inflight: spec('node_inflight_attempts', 'Messages a node holds: running, or between two attempts.', NODE),
  waitingJoins: spec(
    'node_waiting_joins',
    'Results of a join with timeoutS that wait for the rest of their parts.',
    NODE,
  ),
  late: spec('node_late_attempts', 'Interrupted attempts whose code still runs.', NODE),
  loopBlocked: spec(
    'node_loop_blocked_seconds_total',
    'How long code of a node held the event loop, where it was too long.',
    NODE,
  ),
  oldestAttempt: spec(
    'node_oldest_attempt_age_seconds',
    'Age of the oldest attempt whose code runs, without its waits for room; 0 without one.',
    NODE,
  ),
  oldestQueued: spec(
    'node_oldest_queued_age_seconds',
    'How long the oldest message before a node has waited; 0 without one.',
    NODE,
  ),
  traces: spec('flow_traces_total', 'Traces that began.', FLOW),
  cancelledTraces: spec('flow_trace_cancellations_total', 'Traces that were cancelled.', FLOW),
  activeTraces: spec('flow_active_traces', 'Traces with a message queued, in flight or waiting to be fetched.', FLOW),
  waitingResults: spec('flow_waiting_results', 'Results at the egress that nobody has fetched.', FLOW),
  unclaimedFailures: spec('flow_unclaimed_failures_total', 'Failed traces that nobody waited for.', FLOW),
  forgottenFailures: spec(
    'flow_forgotten_failures_total',
    'Failures that nobody waited for and that made way for newer ones.',
    FLOW,
  ),
  discardedResults: spec('flow_discarded_results_total', 'Results of calls that had their answer.', FLOW),
  listenerFailures: spec('flow_listener_failures_total', 'Events on which a middleware failed.', FLOW),
  dependencyState: spec('dependency_state', 'State of the breaker of a dependency: 1 for the present one.', [
    'dependency',
    'state',
  ]),
  // Of flows that run in several processes: from events
  partLatency: spec(
    'parts_latency_seconds',
    'How long a process worked on a message that came to it and on what it led to there, by how that ended.',
    [...FLOW, 'status'],
  ),
  partRedeliveries: spec(
    'parts_redelivered_total',
    'Messages that came again: whoever had them did not end them.',
    NODE,
  ),
  partPublished: spec('parts_published_messages_total', 'Messages that a node sent to another process.', NODE),
  partDropped: spec('parts_dropped_messages_total', 'Messages not worked on: late, or cancelled.', NODE),
  partDeadLetters: spec('parts_dead_letters_total', 'Messages that failed for good and were put aside.', NODE),
  partLeasesLost: spec('parts_leases_lost_total', 'Messages that a process had and that others may work on.', NODE),
  clockSkews: spec('parts_clock_skews_total', 'How often the clock of a process left that of the engine.', FLOW),
  // From workers, when somebody scrapes
  carrierState: spec('carrier_state', 'State of the engine that carries messages: 1 for the present one.', [
    ...FLOW,
    'state',
  ]),
  queuePending: spec('queue_pending_messages', 'Messages of a queue that nobody has.', QUEUE),
  queueUnacked: spec('queue_unacked_messages', 'Messages of a queue that somebody works on.', QUEUE),
  queueOldest: spec(
    'queue_oldest_message_age_seconds',
    'How long the oldest message of a queue has been there; 0 without one.',
    QUEUE,
  ),
  queueDead: spec('queue_dead_letters', 'Dead letters that came from a queue and are kept.', QUEUE),
  // Of the process
  logLinesWritten: spec('log_lines_written_total', 'Log lines that destinations took.', []),
  logLinesDropped: spec('log_lines_dropped_total', 'Log lines given up: buffer full, destination gone.', []),
  logWritesFailed: spec('log_writes_failed_total', 'Log writes that a destination refused with an error.', []),
  // From histories, when somebody scrapes
  historyShed: spec(
    'history_shed_traces_total',
    'Runs that history did not record: its store is slower than the flows.',
    [],
  ),
  historyLeftOut: spec('history_left_out_rows_total', 'Rows of recorded runs for which there was no room.', []),
  historyRejected: spec('history_rejected_rows_total', 'Rows that the store of history does not take.', []),
  historyWaiting: spec('history_waiting_rows', 'Rows that wait to be stored.', []),
  historyDegraded: spec('history_degraded', 'Histories whose store takes nothing.', []),
} as const;

/** The label of every dependency after the first {@link MAX_DEPENDENCIES}. */
export const OTHER_DEPENDENCIES = 'other';

/** Whoever makes a dependency for each call must not make a series for each. */
export const MAX_DEPENDENCIES = 100;

/** How an attempt ended, as the label `outcome` of the latency. */
export const LATENCY_OUTCOMES = ['success', 'error', 'timeout'] as const;

/** The tenant label of everybody who is not on the allow-list. */
export const OTHER_TENANTS = 'other';
