import fc from 'fast-check';

/**
 * What holds for every input of a kind. A spec tries some inputs of it in `npm test`; `npm run fuzz` goes on with others for as
 * long as it is told.
 */
export interface FuzzProperty<Given = unknown> {
  /** One word, for the command line. */
  readonly name: string;
  readonly given: fc.Arbitrary<Given>;
  /** Rejects where the property does not hold. */
  check(given: Given): Promise<void>;
  /** The graph, one node a line, for people. */
  draw?(given: Given): string;
}

/** Longest time in a spec, the search for a simpler input included: less than its timeout, so that what was found is told. */
const LONGEST_MS = 45_000;

/**
 * Tries a property for a number of random inputs.
 * @throws Error with the seed and the simplest input for which it does not hold
 */
export async function holds<Given>(
  property: FuzzProperty<Given>,
  { runs, examples = [] }: { readonly runs: number; readonly examples?: readonly Given[] },
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(property.given, (given) => property.check(given)),
    {
      numRuns: runs,
      examples: examples.map((example): [Given] => [example]),
      plugins: [fc.interruptAfterTimeLimit(LONGEST_MS, { failOnInterrupt: true })],
    },
  );
}
