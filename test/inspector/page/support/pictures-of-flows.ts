import type { EdgePicture, FlowPicture, NodePicture } from '#src/inspector/api.js';

/** A node with the policy that nobody has thought about. */
function node(
  name: string,
  more: Partial<Omit<NodePicture, 'policy'>> & { policy?: Partial<NodePicture['policy']> } = {},
): NodePicture {
  const { policy, ...rest } = more;
  return {
    name,
    className: `${name}Node`,
    ingress: false,
    egress: false,
    gathers: null,
    replayable: true,
    ...rest,
    policy: {
      concurrency: 4,
      timeoutS: null,
      maxRetries: 0,
      backoffBaseS: 0.5,
      maxPerS: null,
      ordered: false,
      ...policy,
    },
  };
}

function edge(from: string, to: string, kind: EdgePicture['kind'] = 'all', label: string | null = null): EdgePicture {
  return { from, to, kind, label };
}

/** Orders: six nodes, one of which talks to a card network that is having a bad day. */
export const ORDERS: FlowPicture = {
  name: 'Orders',
  queueMaxsize: 64,
  nodes: [
    node('Validate', { ingress: true }),
    node('Price', { policy: { timeoutS: 2, maxRetries: 2 } }),
    node('Audit', { egress: true }),
    node('Charge', { replayable: false, policy: { concurrency: 2, timeoutS: 0.25, maxRetries: 3, maxPerS: 80 } }),
    node('Refund', { egress: true, policy: { maxRetries: 5 } }),
    node('Ship', { egress: true, gathers: 'join' }),
  ],
  edges: [
    edge('Validate', 'Price'),
    edge('Validate', 'Audit'),
    edge('Price', 'Charge'),
    edge('Charge', 'Refund', 'class', 'Declined'),
    edge('Charge', 'Ship', 'otherwise'),
  ],
};

const STEPS = ['Fetch', 'Parse', 'Enrich', 'Score', 'Route', 'Store', 'Notify'];

/** A flow of 64 nodes: nine lanes of seven steps, one of them with a name that is too long for any box. */
export const CATALOGUE: FlowPicture = {
  name: 'CatalogueImport',
  queueMaxsize: 128,
  nodes: [
    node('ReadFeed', { ingress: true }),
    ...Array.from({ length: 9 }, (_none, lane) =>
      STEPS.map((step, index) =>
        node(lane === 4 && index === 2 ? 'EnrichWithEverythingTheSupplierHasEverSaid' : `${step}${lane + 1}`, {
          egress: index === STEPS.length - 1,
        }),
      ),
    ).flat(),
  ],
  edges: Array.from({ length: 9 }, (_none, lane) => {
    const names = STEPS.map((step, index) =>
      lane === 4 && index === 2 ? 'EnrichWithEverythingTheSupplierHasEverSaid' : `${step}${lane + 1}`,
    );
    return [
      edge('ReadFeed', names[0]!, lane < 3 ? 'all' : 'when'),
      ...names.slice(1).map((name, index) => edge(names[index]!, name)),
      ...(lane > 0 ? [edge(names[3]!, `Route${lane}`, 'class', 'Duplicate')] : []),
    ];
  }).flat(),
};
