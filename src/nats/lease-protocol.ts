/** Of a lease, how often it is renewed. */
export const RENEWALS_PER_LEASE = 6;
export const RENEW = '+WPI';

/** What the thread that renews is started with. */
export interface LeaseSetup {
  /** Options of `connect`. */
  readonly connect: object;
}

/** What it is told; all is about a session. */
export type LeaseRequest =
  | { readonly kind: 'open'; readonly session: number; readonly leaseMs: number; readonly told: SharedArrayBuffer }
  | {
      readonly kind: 'add';
      readonly session: number;
      readonly acks: readonly string[];
      readonly first: number;
      readonly agoMs: number;
    }
  | { readonly kind: 'remove'; readonly session: number; readonly acks: readonly string[] }
  | { readonly kind: 'lease'; readonly session: number; readonly leaseMs: number }
  | { readonly kind: 'close'; readonly session: number }
  | { readonly kind: 'end' };

/** What it says, once. */
export type LeaseReport = { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly reason: string };

/** Places of what both threads see: the last renewal of which it is known that the server has it. A thread that is blocked reads it all the same. */
export const TOLD = { lapsedUpTo: 0, upTo: 1, sentWallMs: 2, sentNs: 3, places: 4 } as const;
