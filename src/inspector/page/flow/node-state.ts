import type { LiveNode } from '../../api-live.js';
import type { Tone } from '../parts/status.js';
import { counted, duration, perSecond } from '../parts/format.js';

/** From here on a queue is about to hold up what is before it. */
const CROWDED = 0.8;

/** Part of its queue that is taken; what has no limit counts as empty. */
export function fillOf({ queued, capacity }: LiveNode): number {
  return capacity === 0 ? 0 : queued / capacity;
}

export function isCrowded(node: LiveNode): boolean {
  return fillOf(node) > CROWDED;
}

/** What is wrong with a node now, worst first. */
export function marksOf(
  node: LiveNode,
): readonly { readonly glyph: string; readonly word: string; readonly tone: Tone }[] {
  return [
    ...(node.failing ? [{ glyph: '✕', word: 'failing', tone: 'bad' } as const] : []),
    ...(node.stuck ? [{ glyph: '◷', word: 'stuck', tone: 'warn' } as const] : []),
    ...(isCrowded(node) ? [{ glyph: '▲', word: 'full', tone: 'warn' } as const] : []),
  ];
}

/** A node and its numbers, to be read aloud. */
export function sentenceOf(node: LiveNode): string {
  return [
    node.name,
    ...marksOf(node).map(({ word }) => word),
    perSecond(node.rate),
    node.capacity === 0 ? `${node.queued} queued` : `${node.queued} of ${node.capacity} queued`,
    `${node.running} running`,
    `p95 ${duration(node.p95Ms)}`,
    counted(node.retried, 'retry', 'retries'),
    `${node.failed} failed`,
  ].join(', ');
}
