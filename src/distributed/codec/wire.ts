import { FlowError, type Class } from '../../index.js';
import { checkWireName } from './wire-name.js';

/** Where a class keeps its wire name; `Symbol.for`, so that two installed copies of the package find it. */
const WIRE_NAME: unique symbol = Symbol.for('penguiflow:wire-name') as never;

/**
 * Gives a class the name by which its instances travel between processes. An instance crosses as its own fields and is made without
 * its constructor; a class with private fields (`#name`) needs {@link wire}.
 *
 * The name holds for this very class. It is used where the class is listed: in `types` of `@Distributed`, in `input` or `output` of a
 * node, on a branch of the graph.
 *
 * @param name - letters, digits and `. _ - / :`, at most 64; messages in queues bear it, so it stays
 * @throws FlowError `INVALID_OPTION` while the decorator runs
 * @example
 * ```ts
 * @Wire('doc')
 * class Doc {
 *   constructor(readonly id: string, readonly text: string) {}
 * }
 * ```
 */
export function Wire(name: string): <C extends Class>(target: C) => void {
  if (typeof name === 'function') {
    throw new FlowError('INVALID_OPTION', {
      message: `@Wire on ${(name as Class).name || 'a class'} is written without parentheses`,
      metadata: { owner: '@Wire' },
      hint: "Write `@Wire('name')`.",
    });
  }
  return (target) => {
    checkWireName(name, `@Wire on ${target.name || 'a class'}`);
    Object.defineProperty(target, WIRE_NAME, { value: name, configurable: true });
  };
}

/** What `@Wire` wrote on this very class: a subclass has other fields, so it needs a name of its own. */
export function wireNameOf(target: Class): string | undefined {
  return Object.hasOwn(target, WIRE_NAME) ? (target as Class & { readonly [WIRE_NAME]: string })[WIRE_NAME] : undefined;
}
