import { stripVTControlCharacters } from 'node:util';

/** Text of a stranger's manifest for a terminal: on one line, and without the sequences that drive a terminal. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}+/gu, ' ');
}
