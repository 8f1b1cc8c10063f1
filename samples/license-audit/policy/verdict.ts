/** What a policy says of a package, from good to bad. */
const VERDICTS = ['allowed', 'review', 'denied'] as const;

export type Verdict = (typeof VERDICTS)[number];

/** The better of two; a licence that one may choose counts by its best branch. */
export function better(one: Verdict, other: Verdict): Verdict {
  return VERDICTS.indexOf(one) <= VERDICTS.indexOf(other) ? one : other;
}

/** The worse of two; licences that hold together count by their worst. */
export function worse(one: Verdict, other: Verdict): Verdict {
  return better(one, other) === one ? other : one;
}
