import { Middleware, OnFlowEvent, type FlowEvent, type RunStatus } from 'penguiflow';

/** What a node has done. */
export interface NodeTally {
  attempts: number;
  ok: number;
  errors: number;
  timeouts: number;
  retries: number;
  /** Messages given up. */
  failed: number;
  /** How long successful attempts took, in milliseconds. */
  readonly tookMs: number[];
}

/** Counts what the events of the flow tell. */
@Middleware()
export class Tally {
  readonly nodes = new Map<string, NodeTally>();
  /** How the run of each trace ended. */
  readonly ends = new Map<string, RunStatus>();
  /** Calls of the bank by their outcome. */
  readonly bank = { success: 0, error: 0, timeout: 0, rejected: 0 };
  breaker = 'closed';
  opened = 0;

  @OnFlowEvent('node_start', 'node_success', 'node_error', 'node_timeout', 'node_retry', 'node_failed')
  onNode({ eventType, nodeName, latencyMs }: FlowEvent): void {
    const node = this.#nodeOf(nodeName ?? '');
    if (eventType === 'node_start') node.attempts++;
    else if (eventType === 'node_error') node.errors++;
    else if (eventType === 'node_timeout') node.timeouts++;
    else if (eventType === 'node_retry') node.retries++;
    else if (eventType === 'node_failed') node.failed++;
    else {
      node.ok++;
      node.tookMs.push(latencyMs ?? 0);
    }
  }

  @OnFlowEvent('trace_end')
  onEnd({ traceId, extra }: FlowEvent): void {
    this.ends.set(traceId ?? '', extra['status'] as RunStatus);
  }

  @OnFlowEvent('dependency_success', 'dependency_error', 'dependency_rejected')
  onBank({ extra }: FlowEvent): void {
    this.bank[extra['outcome'] as keyof Tally['bank']]++;
  }

  @OnFlowEvent('dependency_state')
  onBreaker({ extra }: FlowEvent): void {
    this.breaker = String(extra['state']);
    if (this.breaker === 'open') this.opened++;
  }

  /** How many runs ended so. */
  endedAs(status: RunStatus): number {
    let count = 0;
    for (const end of this.ends.values()) if (end === status) count++;
    return count;
  }

  get retries(): number {
    let count = 0;
    for (const { retries } of this.nodes.values()) count += retries;
    return count;
  }

  #nodeOf(name: string): NodeTally {
    let node = this.nodes.get(name);
    if (node === undefined) {
      node = { attempts: 0, ok: 0, errors: 0, timeouts: 0, retries: 0, failed: 0, tookMs: [] };
      this.nodes.set(name, node);
    }
    return node;
  }
}
