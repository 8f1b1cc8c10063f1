import { FlowError } from '../../errors/flow-error.js';
import { className } from '../../errors/option-error.js';
import { withoutFrames } from '../../errors/without-frames.js';
import type { PlanEdge } from '../../graph/flow-plan.js';

/** What a kind begins with that is a class. */
const INSTANCE_OF = 'an instance of ';

/** A node whose branches were asked. */
export interface BranchingNode {
  readonly name: string;
  /** The name of its class. */
  readonly ofClass: string;
}

/** The error for a payload that no branch takes. It has no frames of ours: those of an emit are put in where it is refused. */
export function unroutedError(
  { name, ofClass }: BranchingNode,
  edges: readonly PlanEdge[],
  payload: unknown,
): FlowError {
  const who = ofClass === name ? `Node "${name}"` : `Node "${name}" (class ${ofClass})`;
  const kind = kindOf(payload);
  const branches = edges.map(({ messageClass, kind: condition }) => messageClass?.name ?? condition).join(', ');
  return withoutFrames(
    () =>
      new FlowError('UNROUTED_MESSAGE', {
        message: `${who} emitted ${kind}, which none of its branches takes: ${branches}`,
        nodeName: name,
        hint: hintFor(ofClass, edges, kind),
      }),
  );
}

/** The error for a predicate that has not decided when it returns. */
export function latePredicateError({ name }: BranchingNode, to: string): FlowError {
  return withoutFrames(
    () =>
      new FlowError('UNROUTED_MESSAGE', {
        message: `The predicate of the branch from node "${name}" to "${to}" answered with a promise`,
        hint: 'Give a predicate that answers at once; for others use a routing policy with `predicateRouter` or `unionRouter`.',
        nodeName: name,
      }),
  );
}

function hintFor(ofClass: string, edges: readonly PlanEdge[], kind: string): string {
  const known = edges.find(({ messageClass }) => messageClass !== undefined)?.messageClass?.name;
  const fix = known === undefined ? 'Make one of its `.when(…)` predicates true for it' : fixByClass(known, kind);
  return `${fix}; return nothing where nothing is to go on; \`.otherwise(…)\` after the branches of \`.from(${ofClass})\` takes the rest.`;
}

function fixByClass(known: string, kind: string): string {
  if (kind === 'a plain object') {
    return `\`.on(${known}, …)\` goes by the class: return \`new ${known}(…)\`, or have \`output\` of @Node make it one`;
  }
  const [, own] = kind.split(INSTANCE_OF);
  return own === undefined
    ? 'Only instances go by their class: add a `.when(…)` for it'
    : `Add \`.on(${own}, …)\` for its class`;
}

/** The kind of a payload, never its value. */
function kindOf(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null) return payload === null ? 'null' : `a ${typeof payload}`;
  const name = className(payload);
  if (name === 'Object') return 'a plain object';
  return name === 'Array' ? 'an array' : `${INSTANCE_OF}${name}`;
}
