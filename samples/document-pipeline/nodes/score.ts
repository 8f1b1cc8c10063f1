import { brotliCompressSync } from 'node:zlib';

import { Node, type FlowNode } from 'penguiflow';

import { Grade } from '../messages/grade.js';
import type { Outline } from '../messages/outline.js';

const WORD = /\p{L}[\p{L}'’-]*/gu;
const SENTENCE = /[.!?:;](?=\s|$)|\n\s*\n/g;
const SYLLABLE = /[aeiouy]+/gi;

/** Says how a document reads: this is what keeps a processor busy. */
@Node()
export class Score implements FlowNode<Outline, Grade> {
  process({ path, headings, links, codeBlocks, prose }: Outline): Grade {
    const words = prose.match(WORD) ?? [];
    const sentences = Math.max(1, prose.match(SENTENCE)?.length ?? 0);
    const syllables = words.reduce((sum, word) => sum + Math.max(1, word.match(SYLLABLE)?.length ?? 0), 0);
    const perWord = Math.max(1, words.length);
    const ease = 206.835 - 1.015 * (words.length / sentences) - 84.6 * (syllables / perWord);
    const bytes = Buffer.from(prose);
    const density = bytes.length === 0 ? 0 : (100 * brotliCompressSync(bytes).length) / bytes.length;
    return new Grade(path, words.length, headings, links, codeBlocks, rounded(ease), rounded(density));
  }
}

function rounded(value: number): number {
  return Math.round(Math.min(100, Math.max(0, value)));
}
