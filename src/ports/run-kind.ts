/** What began a run; `part`: a message that came from another process of the flow. */
export type RunKind = 'emit' | 'call' | 'stream' | 'collect' | 'playbook' | 'inject' | 'part';

/**
 * How a run ended: the first of these that holds, from below.
 *
 * - `succeeded`: nothing of the following
 * - `failed`: a message failed for good; of a call, a stream, a collect or a playbook, before the caller had its answer
 * - `deadline`: so, because its time was up
 * - `cancelled`: by `cancel()`, by the signal of the caller, or because the reader of its stream left
 * - `stopped`: the flow stopped before it was over
 * - `rejected`: the input check of an ingress node refused what came in
 */
export type RunStatus = 'succeeded' | 'failed' | 'deadline' | 'cancelled' | 'stopped' | 'rejected';
