import { randomBytes, randomFillSync } from 'node:crypto';

/** What makes a root unguessable, in bytes. */
const ROOT_BYTES = 16;
const CLIENT_BYTES = 9;

/** Random bytes to come: asking for many at once costs what asking for few does. */
const POOL = Buffer.alloc(256 * ROOT_BYTES);
let used = POOL.length;

/** `<client>-<random>`: whoever has it can ask for what came of it (D16). */
export function newRootId(clientId: string): string {
  if (used === POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  const random = POOL.toString('base64url', used, used + ROOT_BYTES);
  // What was given away is not kept.
  POOL.fill(0, used, used + ROOT_BYTES);
  used += ROOT_BYTES;
  return `${clientId}-${random}`;
}

/** Letters and digits, so that it ends at the first hyphen of a root. */
export function newClientId(): string {
  return `c${randomBytes(CLIENT_BYTES).toString('hex')}`;
}
