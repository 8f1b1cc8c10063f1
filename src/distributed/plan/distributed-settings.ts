import { FlowError, isNodeClass, type FlowClass, type NodeClass } from '../../index.js';
import { TypeBook } from '../codec/type-book.js';
import { invalidOption, rejectUnknownOptions } from '../option-check.js';
import type { DistributedOptions } from './distributed.js';
import { isNodeQueue, type NodeQueue } from './queue.js';

/** The group of nodes that none is said of. */
export const MAIN_GROUP = 'main';

/** What `@Distributed` leaves on a class: its options, checked, with the defaults. Frozen. */
export interface DistributedSettings {
  /** `@Distributed on Documents`, for messages. */
  readonly owner: string;
  readonly groupOf: ReadonlyMap<NodeClass, string>;
  readonly queueOf: ReadonlyMap<NodeClass, NodeQueue>;
  readonly types: TypeBook;
  readonly results: 'reply' | 'queue' | 'none';
}

const OPTIONS = ['groups', 'queues', 'types', 'results'];
const RESULTS = ['reply', 'queue', 'none'];
const GROUP_NAME = /^[\w.-]{1,64}$/;
const CIRCLE = 'A class that is undefined here was imported in a circle: move one of the two to a file of its own.';

/** @throws FlowError `INVALID_OPTION` */
export function resolveDistributed(target: FlowClass, options: DistributedOptions): DistributedSettings {
  const owner = `@Distributed on ${target.name || 'a class without a name'}`;
  rejectUnknownOptions(options, OPTIONS, owner);
  const { results = 'reply' } = options;
  if (!RESULTS.includes(results)) throw invalidOption('results', owner, "'reply', 'queue' or 'none'", results);
  return Object.freeze({
    owner,
    groupOf: groupsByNode(options.groups ?? {}, owner),
    queueOf: queuesByNode(options.queues ?? [], owner),
    types: new TypeBook(options.types, owner),
    results,
  });
}

function groupsByNode(groups: unknown, owner: string): ReadonlyMap<NodeClass, string> {
  if (typeof groups !== 'object' || groups === null || Array.isArray(groups)) {
    throw invalidOption('groups', owner, 'lists of nodes by name, as in `{ io: [Fetch] }`', groups);
  }
  const byNode = new Map<NodeClass, string>();
  for (const [group, nodes] of Object.entries(groups) as [string, unknown][]) {
    if (!GROUP_NAME.test(group)) {
      throw invalidOption('groups', owner, 'named with 1 to 64 letters, digits and `. _ -`', group);
    }
    const option = `groups.${group}`;
    if (!Array.isArray(nodes) || nodes.length === 0) throw invalidOption(option, owner, 'a list of nodes', nodes);
    for (const node of nodes as readonly unknown[]) {
      if (!isNodeClass(node)) throw invalidOption(option, owner, 'a list of classes with @Node', node, CIRCLE);
      const other = byNode.get(node);
      if (other !== undefined) throw twice(node, [other, group], owner);
      byNode.set(node, group);
    }
  }
  return byNode;
}

function twice(node: NodeClass, [one, other]: readonly [string, string], owner: string): FlowError {
  const where = one === other ? `twice in \`groups.${one}\`` : `in \`groups.${one}\` and in \`groups.${other}\``;
  return new FlowError('INVALID_OPTION', {
    message: `${node.name} stands ${where} of ${owner}: a node is of one group`,
    metadata: { option: `groups.${other}`, owner, class: node.name },
    hint: 'Take it out of one of them; for the same work in two groups derive a class with its own `@Node({ name })`.',
  });
}

function queuesByNode(queues: unknown, owner: string): ReadonlyMap<NodeClass, NodeQueue> {
  if (!Array.isArray(queues)) throw invalidOption('queues', owner, 'a list, as in `[queue(Score, { … })]`', queues);
  const byNode = new Map<NodeClass, NodeQueue>();
  for (const queue of queues as readonly unknown[]) {
    if (!isNodeQueue(queue)) throw invalidOption('queues', owner, 'a list of what `queue(…)` makes', queue);
    if (byNode.has(queue.node)) {
      throw new FlowError('INVALID_OPTION', {
        message: `\`queues\` of ${owner} has two queues of ${queue.node.name}`,
        metadata: { option: 'queues', owner, class: queue.node.name },
        hint: 'Write the options of both into one `queue(…)`.',
      });
    }
    byNode.set(queue.node, queue);
  }
  return byNode;
}
