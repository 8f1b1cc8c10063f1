import { FlowError, type FlowClass, type NodeClass } from '../../index.js';
import type { WireTypes } from '../codec/type-book.js';
import { resolveDistributed, type DistributedSettings } from './distributed-settings.js';
import type { NodeQueue } from './queue.js';

/** Where the settings of a class are; `Symbol.for`, so that two installed copies of the package find them. */
const DISTRIBUTED: unique symbol = Symbol.for('penguiflow:distributed') as never;

/** Options of {@link Distributed}. */
export interface DistributedOptions {
  /**
   * Nodes by the name of their group: what lies in one group runs in one process. Nodes that are not named are of the group `main`.
   * @defaultValue all nodes are of `main`
   */
  readonly groups?: Readonly<Record<string, readonly NodeClass[]>>;
  /** Queues that are not as they are by default, each made by `queue`. @defaultValue none */
  readonly queues?: readonly NodeQueue[];
  /** Classes whose instances cross between processes, by the name they have there. @defaultValue those with `@Wire` that the graph names */
  readonly types?: WireTypes;
  /** Where results and failures go: to who asked, to a queue that somebody reads, or nowhere. @defaultValue 'reply' */
  readonly results?: 'reply' | 'queue' | 'none';
}

/**
 * Says how a flow is spread over processes. It only writes metadata, beside `@Flow`: `createFlow` runs the class in one process as
 * ever; a subclass needs its own.
 *
 * @throws FlowError `INVALID_OPTION` while the decorator runs; what only the graph tells, where the flow is served:
 * `INVALID_OPTION`, `PLAN_UNSUPPORTED`
 * @example
 * ```ts
 * @Distributed({ groups: { io: [Fetch, Store], cpu: [Parse] }, types: { doc: Doc } })
 * @Flow()
 * class Documents {
 *   readonly graph = start(Fetch).to(Parse).to(Store);
 * }
 * ```
 */
export function Distributed(options: DistributedOptions = {}): <C extends FlowClass>(target: C) => void {
  if (typeof options === 'function') {
    throw new FlowError('INVALID_OPTION', {
      message: `@Distributed on ${(options as FlowClass).name || 'a class'} is written without parentheses`,
      metadata: { owner: '@Distributed' },
      hint: 'Write `@Distributed()`.',
    });
  }
  return (target) => {
    const value = resolveDistributed(target, options);
    Object.defineProperty(target, DISTRIBUTED, { value, configurable: true });
  };
}

/**
 * What `@Distributed` wrote on this very class.
 * @throws FlowError `FLOW_NOT_DECORATED`
 */
export function distributedSettingsOf(flowClass: FlowClass): DistributedSettings {
  if (Object.hasOwn(flowClass, DISTRIBUTED)) {
    return (flowClass as FlowClass & { readonly [DISTRIBUTED]: DistributedSettings })[DISTRIBUTED];
  }
  const name = flowClass.name || 'a class without a name';
  throw new FlowError('FLOW_NOT_DECORATED', {
    message: `${name} has no @Distributed of its own`,
    hint: `Put \`@Distributed()\` on ${name}, above \`@Flow()\`; a decorator of its base class does not count.`,
    metadata: { class: name },
  });
}
