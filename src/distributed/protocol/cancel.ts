/** What is to end: one root, or all of a trace that began before (D16). */
export type CancelTarget = { readonly root: string } | { readonly traceId: string; readonly tenant: string };

/** The key of its record, topic `cancels`. */
export function cancelKey(target: CancelTarget): string {
  if ('root' in target) return `root ${target.root}`;
  // Its length, so that no two pairs have the same key.
  return `trace ${target.tenant.length} ${target.tenant}${target.traceId}`;
}

/** The body of its record. */
export interface CancelBody {
  readonly reason: string;
}

/** How long a cancel is heard by those who come later, in seconds. */
export const CANCEL_TTL_S = 3_600;
