import type { Context, Hook, RootHookObject, Suite, Test } from 'mocha';
import { whyPending } from './needs-tool.js';

/** The pending tests of a run: those for want of a tool, counted by what is missing, and the titles of all others. */
export function pendingTests(root: Suite): {
  readonly excused: ReadonlyMap<string, number>;
  readonly others: string[];
} {
  const excused = new Map<string, number>();
  const others: string[] = [];
  root.eachTest((test: Test) => {
    if (!test.isPending()) return;
    const reason = whyPending(test.parent);
    if (reason === undefined) others.push(test.fullTitle());
    else excused.set(reason, (excused.get(reason) ?? 0) + 1);
  });
  return { excused, others };
}

/** Loaded by mocha: fails the run for each test that was skipped by hand, and says at the end which tools are missing. */
export const mochaHooks: RootHookObject = {
  afterAll(this: Context) {
    const { excused, others } = pendingTests((this.test as Hook).parent!);
    // A run that was narrowed by title shows what is pending in it; a long one must say it again.
    if (!process.argv.some((flag) => /^--f?grep(=|$)/.test(flag))) {
      for (const [reason, count] of excused) console.warn(`\nNOT TESTED: ${reason}: ${count} pending`);
    }
    if (others.length > 0) throw new Error(`Skipped by hand, which no test may be:\n  ${others.join('\n  ')}`);
  },
};
