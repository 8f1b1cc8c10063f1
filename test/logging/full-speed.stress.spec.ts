import { expect } from 'chai';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { FlowLogger } from '#src/index.js';
import { configureLogging } from '#src/logging/configure-logging.js';
import { shutdownLogging } from '#src/logging/shutdown-logging.js';
import { line, pass } from '../support/nodes.js';
import { useRealFlows } from './support/real-flows.js';
import { useStats } from './support/stats-since.js';
import { temporaryFolder } from './support/temporary-folder.js';

describe('a five-node flow at full speed into a file', () => {
  const flows = useRealFlows();
  const folder = temporaryFolder();
  const stats = useStats();

  afterEach(() => shutdownLogging());

  // With `drop` nobody waits for the file: it keeps up by itself.
  for (const overflow of [undefined, 'drop'] as const) {
    it(`R29 loses no line with ${overflow === undefined ? 'the defaults' : "overflow: 'drop'"}`, async () => {
      const file = folder.path(`full-${overflow}.log`);
      configureLogging({ structured: true, destination: { file }, overflow });
      const nodes = [1, 2, 3, 4, 5].map((n) => pass(`Node${n}`, { concurrency: 8 }));
      const flow = await flows.run(line(...nodes), { declared: { middlewares: [FlowLogger] } });
      const runs = 15_000;
      const feed = (async () => {
        for (let n = 0; n < runs; n++) await flow.emit(n);
      })();
      for (let n = 0; n < runs; n++) await flow.fetch();
      await feed;
      await flow.stop();
      expect(await shutdownLogging({ timeoutS: 30 })).to.deep.equal({ dropped: 0, unflushed: [] });
      let lines = 0;
      for await (const _ of createInterface({ input: createReadStream(file) })) lines++;
      expect(lines).to.equal(7 * runs); // five attempts, a beginning and an end
      expect(stats()).to.include({ written: 7 * runs, dropped: 0, failed: 0 });
    }).timeout(60_000);
  }
});
