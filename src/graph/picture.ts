import { invalidOption, rejectUnknownOptions } from '../errors/option-error.js';
import type { NodePolicy } from '../ports/node-policy.js';
import type { FlowPlan, PlanEdge } from './flow-plan.js';

/** What a picture is drawn of: a plan, or something that has one (the handle of a flow). */
export type Drawable = FlowPlan | { readonly plan: FlowPlan };

/** How a picture looks. */
export interface PictureOptions {
  /** Where the arrows run: top to bottom, left to right, or the other way round. @defaultValue 'TB' */
  readonly direction?: 'TB' | 'BT' | 'LR' | 'RL';
}

/** One box. */
export interface PictureNode {
  /** Letters and digits only. */
  readonly id: string;
  /** Lines of text, not escaped. */
  readonly lines: readonly string[];
  readonly kind: 'end' | 'loop' | 'node';
}

/** One arrow. */
interface PictureEdge {
  readonly from: string;
  readonly to: string;
  /** Not escaped; empty when there is nothing to say. */
  readonly label: string;
  /** It takes only some of the messages. */
  readonly branch: boolean;
}

/** A flow as boxes and arrows. */
export interface Picture {
  readonly title: string;
  readonly direction: string;
  readonly nodes: readonly PictureNode[];
  readonly edges: readonly PictureEdge[];
}

/** Colours of the kinds, the same in every format. */
export const COLOURS = {
  end: { fill: '#e0f2fe', stroke: '#0369a1' },
  loop: { fill: '#fef3c7', stroke: '#b45309' },
} as const;

const DIRECTIONS: readonly unknown[] = ['TB', 'BT', 'LR', 'RL'];

/**
 * @param owner - whose options they are, for the message
 * @throws FlowError `INVALID_OPTION`
 */
export function pictureOf(flow: Drawable, options: PictureOptions, owner: string): Picture {
  rejectUnknownOptions(options, ['direction'], owner);
  const { direction = 'TB' } = options;
  if (!DIRECTIONS.includes(direction)) throw invalidOption('direction', owner, "'TB', 'BT', 'LR' or 'RL'", direction);
  const plan = 'plan' in flow ? flow.plan : flow;
  const loops = new Set(plan.edges.filter((edge) => edge.from === edge.to).map((edge) => edge.from));
  const ids = new Map(plan.nodes.map((node, index) => [node.name, `n${index}`]));
  const idOf = (name: string): string => ids.get(name) as string;
  const ingress = plan.nodes.filter((node) => node.ingress);
  const egress = plan.nodes.filter((node) => node.egress);
  return {
    title: plan.flowName,
    direction,
    nodes: [
      { id: 'sea', lines: ['OpenSea (ingress)'], kind: 'end' },
      ...plan.nodes.map(({ name, policy }): PictureNode => {
        const facts = factsOf(policy);
        const lines = facts === '' ? [name] : [name, facts];
        return { id: idOf(name), lines, kind: loops.has(name) ? 'loop' : 'node' };
      }),
      ...(egress.length === 0 ? [] : [{ id: 'rookery', lines: ['Rookery (egress)'], kind: 'end' as const }]),
    ],
    edges: [
      ...ingress.map(({ name }) => ({ from: 'sea', to: idOf(name), label: '', branch: false })),
      ...plan.edges.map((edge) => ({
        from: idOf(edge.from),
        to: idOf(edge.to),
        label: labelOf(edge),
        branch: edge.kind !== 'all',
      })),
      ...egress.map(({ name }) => ({ from: idOf(name), to: 'rookery', label: '', branch: false })),
    ],
  };
}

function labelOf({ kind, messageClass, predicate, from, to }: PlanEdge): string {
  const takes = kind === 'class' ? `on ${messageClass?.name ?? 'a class'}` : kind === 'when' ? whenOf(predicate) : kind;
  if (from === to) return kind === 'all' ? 'loop' : `loop ${takes}`;
  return kind === 'all' ? '' : takes;
}

/** A predicate has a name unless it was written in place; the name `predicate` is the option's own. */
function whenOf(predicate: PlanEdge['predicate']): string {
  const name = predicate?.name ?? '';
  return name === '' || name === 'predicate' || name === 'when' ? 'when …' : `when ${name}`;
}

/** What of a policy is not the default. */
function factsOf(policy: NodePolicy): string {
  const facts: string[] = [];
  if (policy.timeoutS !== undefined) facts.push(`timeout ${policy.timeoutS} s`);
  if (policy.maxRetries > 0) facts.push(policy.maxRetries === 1 ? '1 retry' : `${policy.maxRetries} retries`);
  if (policy.concurrency > 1) facts.push(`${policy.concurrency} at a time${policy.ordered ? ', in order' : ''}`);
  return facts.join(', ');
}
