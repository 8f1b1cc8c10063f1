const LOWER_UPPER = /([\p{Ll}\d])(?=\p{Lu})/gu;
const ACRONYM_WORD = /(\p{Lu})(?=\p{Lu}\p{Ll})/gu;
const LETTER_DIGIT = /(\p{L})(?=\d)/gu;
const DIGIT_LETTER = /(\d)(?=\p{L})/gu;
const SEPARATORS = /[^\p{L}\p{N}]+/u;

/** The words of a name in lower case, whatever its style: `db_pass`, `dbPass`, `DB-PASS` and `db.pass` are `db`, `pass`. */
export function wordsOf(name: string): string[] {
  const spaced = name
    .replace(LOWER_UPPER, (letter) => `${letter} `)
    .replace(ACRONYM_WORD, (letter) => `${letter} `)
    .replace(LETTER_DIGIT, (letter) => `${letter} `)
    .replace(DIGIT_LETTER, (digit) => `${digit} `);
  return spaced
    .toLowerCase()
    .split(SEPARATORS)
    .filter((word) => word !== '');
}
