import type { AttemptOutcome, StoredKind, StoredStatus } from '../rows.js';

/** Numbers of words of which there are few: that of a word is its place. They are on disks, so words are added at the end only. */
export class Codes<Word extends string> {
  constructor(readonly words: readonly Word[]) {}

  /** Null for a word that there is not: no column of these takes it. */
  codeOf(word: Word): number | null {
    return this.find(word) ?? null;
  }

  find(word: string): number | undefined {
    const code = this.words.indexOf(word as Word);
    return code < 0 ? undefined : code;
  }

  wordOf(code: number): Word {
    return this.words[code]!;
  }
}

export const STATUSES = new Codes<StoredStatus>([
  ...(['running', 'succeeded', 'failed', 'deadline', 'cancelled', 'stopped', 'rejected', 'interrupted'] as const),
]);
export const KINDS = new Codes<StoredKind>(['emit', 'call', 'stream', 'collect', 'playbook', 'replay', 'inject']);
export const OUTCOMES = new Codes<AttemptOutcome>(['running', 'succeeded', 'failed', 'timeout', 'cancelled']);

export const RUNNING = 0;
export const SUCCEEDED = 1;
export const INTERRUPTED = 7;
