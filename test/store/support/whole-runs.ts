import { expect } from 'chai';
import type { FlowHistory, StoredRun } from '#src/store/index.js';

/** All runs of a history, newest first; each has as many attempts as it says, or says how many rows it lacks. */
export async function examineRuns(history: FlowHistory): Promise<StoredRun[]> {
  const runs: StoredRun[] = [];
  let cursor: string | undefined;
  do {
    const page = await history.list({ cursor, limit: 1_000 });
    runs.push(...page.runs);
    ({ cursor } = page);
  } while (cursor !== undefined);
  for (const { runId, attempts, rowsLeftOut } of runs) {
    const kept = (await history.run({ runId }))?.attempts ?? [];
    expect(kept.length, `attempts of run ${runId}`).to.be.within(attempts - rowsLeftOut, attempts);
    if (rowsLeftOut > 0) continue;
    expect(kept.map(({ seq }) => seq)).to.deep.equal(Array.from({ length: attempts }, (_, index) => index + 1));
    expect(kept.filter(({ outcome }) => outcome === 'running')).to.deep.equal([]);
  }
  return runs;
}
