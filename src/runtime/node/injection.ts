import { FlowError } from '../../errors/flow-error.js';
import { invalidOption } from '../../errors/option-error.js';
import { nodeMetadataOf } from '../../metadata/node.js';
import { joinedSourcesOf } from '../../ports/joined-sources.js';
import type { NodeRef } from '../../ports/node-context.js';
import { describeRef } from '../routing/node-routes.js';
import type { Floe } from '../../queue/floe.js';
import type { Parcel } from '../trace/envelope.js';
import type { NodeWorker } from './node-worker.js';

/**
 * The floes before some nodes, wherever those stand.
 *
 * @param from - where what is put there seems to come from
 * @throws FlowError `UNKNOWN_TARGET`, `INVALID_OPTION`
 */
export function floesBefore(
  workers: readonly NodeWorker[],
  nodes: readonly NodeRef[],
  from: NodeRef | undefined,
  owner: string,
): readonly Floe<Parcel>[] {
  return [...new Set(nodes.map((ref) => floeBefore(workerOf(workers, ref, owner), from, owner)))];
}

function workerOf(workers: readonly NodeWorker[], ref: NodeRef, owner: string): NodeWorker {
  const worker = workers.find(({ name, plan }) => name === ref || plan.nodeClass === ref);
  if (worker !== undefined) return worker;
  throw new FlowError('UNKNOWN_TARGET', {
    message: `${describeRef(ref)} is no node that ${owner} could put a message before; there are: ${workers.map(({ name }) => name).join(', ')}`,
  });
}

function floeBefore(worker: NodeWorker, from: NodeRef | undefined, owner: string): Floe<Parcel> {
  const { name, inputs, plan } = worker;
  const sources = inputs.map((_, input) => worker.sourceOf(input));
  if (from === undefined) {
    if (joinedSourcesOf(plan.nodeClass) !== undefined) {
      throw invalidOption('from', owner, `the node whose part of join "${name}" it is: ${sources.join(', ')}`, from);
    }
    // Not the first one, which a cycle may keep shut.
    return inputs.at(-1) as Floe<Parcel>;
  }
  const source = typeof from === 'string' ? from : nodeMetadataOf(from).name;
  const input = sources.indexOf(source);
  if (input === -1)
    throw invalidOption('from', owner, `one of those that lead to "${name}": ${sources.join(', ')}`, source);
  return inputs[input] as Floe<Parcel>;
}
