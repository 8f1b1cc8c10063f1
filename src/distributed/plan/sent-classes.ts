import { FlowError, type Class, type FlowPlan, type PayloadShape, type PlanEdge, type PlanNode } from '../../index.js';
import { BUILT_INS } from '../codec/built-ins.js';
import type { TypeBook } from '../codec/type-book.js';
import type { DistributedSettings } from './distributed-settings.js';

/** A class whose instances cross, and where the graph says so. */
interface SentClass {
  readonly target: Class;
  readonly where: string;
}

/** What crosses by itself besides the built-in classes that the codec knows. */
const PLAIN = new Set<unknown>([Object, Array, String, Number, Boolean, BigInt].map((each): unknown => each));

/**
 * The classes that a flow sends and takes: those of its `types`, and those with `@Wire` that the graph names where it is cut.
 *
 * @throws FlowError `INVALID_OPTION` for a class that the graph names there and that has no wire name
 */
export function typesOf(plan: FlowPlan, cuts: readonly PlanEdge[], settings: DistributedSettings): TypeBook {
  const sent = sentClasses(plan, cuts, settings.results !== 'none');
  const types = settings.types.with(sent.map(({ target }) => target));
  for (const { target, where } of sent) {
    if (types.knows(target)) continue;
    const name = target.name || 'A class without a name';
    throw new FlowError('INVALID_OPTION', {
      message: `${name}, which is ${where}, crosses between processes and is not in \`types\` of ${settings.owner}`,
      metadata: { option: 'types', owner: settings.owner, class: target.name },
      hint: `Write \`types: { name: ${name} }\`, or put \`@Wire('name')\` on it.`,
    });
  }
  return types;
}

/** What `input`, `output` and the branches name of messages that go through a queue, or are results. */
function sentClasses(
  { nodes, edges }: FlowPlan,
  cuts: readonly PlanEdge[],
  withResults: boolean,
): readonly SentClass[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const into = (node: PlanNode): readonly SentClass[] =>
    classesOf(node.validation.input, `\`input\` of "${node.name}"`);
  const outOf = (node: PlanNode): readonly SentClass[] =>
    classesOf(node.validation.output, `\`output\` of "${node.name}"`);
  return [
    ...nodes.filter(({ ingress }) => ingress).flatMap(into),
    ...edges
      .filter((edge) => cuts.includes(edge))
      .flatMap(({ from, to, messageClass }) => [
        ...classesOf(messageClass, `the class of a branch from "${from}" to "${to}"`),
        // On a branch that names its class no other leaves the node.
        ...(messageClass === undefined ? outOf(byName.get(from) as PlanNode) : []),
        ...into(byName.get(to) as PlanNode),
      ]),
    ...(withResults ? nodes.filter(({ egress }) => egress).flatMap(outOf) : []),
  ];
}

/** The classes of a shape; what a schema makes nobody knows. */
function classesOf(shape: PayloadShape | undefined, where: string): readonly SentClass[] {
  if (shape === undefined || '~standard' in shape) return [];
  if ('element' in shape) return classesOf(shape.element, where);
  if ('members' in shape) return shape.members.flatMap((member) => classesOf(member, where));
  const isPlain = PLAIN.has(shape) || BUILT_INS.has(shape.prototype as object);
  return isPlain ? [] : [{ target: shape, where }];
}
