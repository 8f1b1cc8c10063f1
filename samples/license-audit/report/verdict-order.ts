import type { Finding } from '../messages/finding.js';

const ORDER: ReadonlyArray<Finding['verdict']> = ['allowed', 'review', 'denied', 'unreadable'];

/** Sorts what is fine first, so that what is not stands at the end, where people look. */
export function byVerdict(a: Pick<Finding, 'verdict'>, b: Pick<Finding, 'verdict'>): number {
  return ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict);
}
