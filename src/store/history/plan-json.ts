import { createHash } from 'node:crypto';
import type { FlowPlan } from '../../index.js';
import type { ClassesByName } from './payload-codec.js';

/** A plan as it is kept. */
export interface KeptPlan {
  readonly flow: string;
  readonly nodes: readonly KeptNode[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly kind: string;
    readonly class?: string;
  }[];
}

/** A node of it. */
interface KeptNode {
  readonly name: string;
  readonly class: string;
  readonly input: string | undefined;
  readonly output: string | undefined;
  readonly ingress: boolean;
  readonly egress: boolean;
  readonly gathers: string | undefined;
  readonly joins: readonly string[] | undefined;
  readonly replayable: boolean;
}

/** What history keeps of a plan. */
export function keptPlan({ flowName, nodes, edges }: FlowPlan): KeptPlan {
  return {
    flow: flowName,
    nodes: nodes.map((node) => ({
      name: node.name,
      class: node.nodeClass.name,
      input: nameOf(node.validation.input),
      output: nameOf(node.validation.output),
      ingress: node.ingress,
      egress: node.egress,
      gathers: node.gathers,
      joins: node.joins,
      replayable: node.replayable,
    })),
    edges: edges.map(({ from, to, kind, messageClass }) => ({
      from,
      to,
      kind,
      ...(messageClass === undefined ? undefined : { class: messageClass.name }),
    })),
  };
}

/** The same for plans that are the same. */
export function planHash(json: string): string {
  return createHash('sha256').update(json).digest('hex').slice(0, 32);
}

/** The classes that a plan names, by their names; of two with one name neither is known. */
export function classesOf({ nodes, edges }: FlowPlan): ClassesByName {
  const named = new Map<string, Set<abstract new (...args: never) => unknown>>();
  const add = (value: unknown): void => {
    if (typeof value !== 'function' || value.name === '') return;
    const known = named.get(value.name) ?? new Set();
    named.set(value.name, known.add(value as never));
  };
  for (const { messageClass } of edges) add(messageClass);
  for (const { validation } of nodes) for (const shape of [validation.input, validation.output]) eachClass(shape, add);
  return new Map(
    [...named].flatMap(([name, classes]) => (classes.size === 1 ? [[name, [...classes][0] as never]] : [])),
  );
}

function eachClass(shape: unknown, add: (value: unknown) => void): void {
  if (typeof shape === 'function') add(shape);
  else if (typeof shape === 'object' && shape !== null) {
    // What `arrayOf` and `oneOf` make has its shapes in lists.
    for (const inner of Object.values(shape)) {
      for (const each of Array.isArray(inner) ? inner : [inner]) if (each !== shape) eachClass(each, add);
    }
  }
}

function nameOf(shape: unknown): string | undefined {
  if (shape === undefined) return undefined;
  return typeof shape === 'function' ? shape.name : 'a schema';
}

/** Kinds of values that come back as they were without a class that the plan names. */
const OWN_KINDS: ReadonlySet<string> = new Set([
  ...['null', 'string', 'number', 'boolean', 'bigint', 'undefined', 'Object', 'Array', 'Date', 'Map', 'Set', 'URL'],
  ...['RegExp', 'Buffer', 'Uint8Array'],
]);

/** Whether a message of this type comes back as what it was. */
export function isRevived(type: string, plan: FlowPlan): boolean {
  return OWN_KINDS.has(type) || type.endsWith('Error') || classesOf(plan).has(type);
}
