import { hash } from 'node:crypto';

/** A name for a text: equal for equal texts, of the characters that names may have everywhere. */
export function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 32);
}
