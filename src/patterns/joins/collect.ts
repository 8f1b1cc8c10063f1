import { invalidOption } from '../../errors/option-error.js';
import { Node } from '../../metadata/node.js';
import { GATHERS } from '../../ports/gathering.js';
import type { Class, NodeClass } from '../../ports/flow-node.js';
import type { NodeContext } from '../../ports/node-context.js';
import { CollectCore } from './collect-core.js';

/**
 * Makes a node that gathers the payloads of a run, in the order of arrival, and sends them on as one list once nothing else of the
 * run is under way: what batch jobs need to know that all of it is there. A run of which nothing arrives sends no list on.
 *
 * @param of - the class of the payloads, which gives the node its name (`CollectRow` for `Row`); or a name
 * @returns a node class of its own for each call
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * const AllRows = collect(Row);
 * // readonly graph = start(ReadRows).to(CheckRow).from(CheckRow).to(AllRows).from(AllRows).to(WriteReport);
 * ```
 */
export function collect<I>(of: Class<I> | string): NodeClass<I, I[]> {
  const name = nameFor(of);
  @Node({ name })
  class Collect {
    static readonly [GATHERS] = 'collect';
    readonly #core = new CollectCore();

    process(payload: I, ctx: NodeContext): I[] | undefined {
      return this.#core.accept(payload, ctx) as I[] | undefined;
    }
  }
  return Collect;
}

function nameFor(of: unknown): string {
  if (typeof of === 'string' && of !== '') return of;
  const className: unknown = typeof of === 'function' ? of.name : undefined;
  if (typeof className === 'string' && className !== '') return `Collect${className}`;
  throw invalidOption('of', 'collect()', 'a class with a name, or a name', of);
}
