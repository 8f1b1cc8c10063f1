import { randomBytes } from 'node:crypto';

/** What makes a root unguessable, in bytes. */
const ROOT_BYTES = 16;
const CLIENT_BYTES = 9;

/** `<client>-<random>`: whoever has it can ask for what came of it (D16). */
export function newRootId(clientId: string): string {
  return `${clientId}-${randomBytes(ROOT_BYTES).toString('base64url')}`;
}

/** Letters and digits, so that it ends at the first hyphen of a root. */
export function newClientId(): string {
  return `c${randomBytes(CLIENT_BYTES).toString('hex')}`;
}
