import type { AttemptOutcome, StoredKind, StoredStatus } from '../rows.js';

/** Numbers of words of which there are few: that of a word is its place. They are on disks, so words are added at the end only. */
export interface Codes<Word extends string> {
  readonly words: readonly Word[];
  /** Null for a word that there is not: no column of these takes it. */
  codeOf(word: Word): number | null;
  find(word: string): number | undefined;
  wordOf(code: number): Word;
}

/** No class: the conformance suite is bundled by itself, and there is one copy of each class. */
function codesOf<Word extends string>(words: readonly Word[]): Codes<Word> {
  const find = (word: string): number | undefined => {
    const code = words.indexOf(word as Word);
    return code < 0 ? undefined : code;
  };
  return { words, find, codeOf: (word) => find(word) ?? null, wordOf: (code) => words[code]! };
}

export const STATUSES = codesOf<StoredStatus>([
  ...(['running', 'succeeded', 'failed', 'deadline', 'cancelled', 'stopped', 'rejected', 'interrupted'] as const),
  'handed_over',
]);
export const KINDS = codesOf<StoredKind>(['emit', 'call', 'stream', 'collect', 'playbook', 'replay', 'inject', 'part']);
export const OUTCOMES = codesOf<AttemptOutcome>(['running', 'succeeded', 'failed', 'timeout', 'cancelled']);

export const RUNNING = 0;
export const SUCCEEDED = 1;
export const INTERRUPTED = 7;
export const HANDED_OVER = 8;
export const PART = 7;

/** What is said of runs whose runner was taken for dead, and what it may correct. */
export const CLAIMED: ReadonlySet<number | null> = new Set([INTERRUPTED, HANDED_OVER]);
