import type { Floe } from '../../queue/floe.js';
import type { Parcel } from '../trace/envelope.js';

/** One floe into a node, and the nodes that fill it. */
export interface NodeInput {
  /** Name of the node, or of the ingress. */
  readonly source: string;
  readonly floe: Floe<Parcel>;
  /** Whether the edge comes from inside a cycle that the node lies on. */
  readonly inside: boolean;
}
