import type { FlowPlan, PlanNode } from '../../index.js';
import type { EdgePicture, FlowPicture, NodePicture } from '../api.js';

/** The graph of a flow of this process. */
export function flowPicture({ flowName, nodes, edges, queueMaxsize }: FlowPlan): FlowPicture {
  return {
    name: flowName,
    nodes: nodes.map(nodePicture),
    edges: edges.map(({ from, to, kind, messageClass }) => ({ from, to, kind, label: messageClass?.name ?? null })),
    queueMaxsize: Math.max(0, queueMaxsize),
  };
}

function nodePicture({ name, nodeClass, ingress, egress, gathers, replayable, policy }: PlanNode): NodePicture {
  const { concurrency, timeoutS = null, maxRetries, backoffBaseS, maxPerS = null, ordered } = policy;
  return {
    ...{ name, className: nodeClass.name, ingress, egress, gathers: gathers ?? null, replayable },
    policy: { concurrency, timeoutS, maxRetries, backoffBaseS, maxPerS, ordered },
  };
}

/** A plan as history keeps it, as far as a picture needs it. */
interface KeptPlan {
  readonly flow: string;
  readonly nodes: readonly {
    readonly name: string;
    readonly class: string;
    readonly ingress: boolean;
    readonly egress: boolean;
    readonly gathers?: string;
    readonly replayable: boolean;
  }[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly kind: EdgePicture['kind'];
    readonly class?: string;
  }[];
}

/** Of what was not kept: what a node has where nobody says otherwise. */
const UNKNOWN_POLICY: NodePicture['policy'] = {
  ...{ concurrency: 1, timeoutS: null, maxRetries: 0, backoffBaseS: 0.5, maxPerS: null, ordered: false },
};

/**
 * The graph as it was; null when it is not kept, or is no plan. Policies are not kept: those of a node that is there under its name and
 * class are as they are now.
 */
export function keptPicture(json: string | undefined, now: FlowPicture | undefined): FlowPicture | null {
  if (json === undefined) return null;
  try {
    const { flow, nodes, edges } = JSON.parse(json) as KeptPlan;
    return {
      name: flow,
      nodes: nodes.map(({ name, class: className, ingress, egress, gathers, replayable }) => ({
        ...{ name, className, ingress, egress, gathers: gathers ?? null, replayable },
        policy: now?.nodes.find((node) => node.name === name && node.className === className)?.policy ?? UNKNOWN_POLICY,
      })),
      edges: edges.map(({ from, to, kind, class: label }) => ({ from, to, kind, label: label ?? null })),
      queueMaxsize: now?.queueMaxsize ?? 0,
    };
  } catch {
    return null;
  }
}
