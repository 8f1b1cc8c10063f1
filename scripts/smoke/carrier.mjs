// A flow in several processes as a user runs it: the carrier in SQLite has a thread, whose file is to be found in the package.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, run } from './run.mjs';

const IMPORTS = {
  mjs: (name) => `await import('${name}')`,
  cjs: (name) => `require('${name}')`,
};

/** Serves in one process what another one, which has ended, has sent. */
function program(load) {
  return `
(async () => {
  ${load('reflect-metadata')};
  const { configureLogging, Flow, Node, start } = ${load('penguiflow')};
  const { connectFlow, Distributed, serveFlow, sqliteCarrier } = ${load('penguiflow/distributed')};
  configureLogging({ level: 'silent' });
  class Count {
    process(text) {
      return text.split(' ').length;
    }
  }
  Node()(Count);
  class Words {
    graph = start(Count);
  }
  Flow()(Words);
  Distributed()(Words);
  const [what, file, given] = process.argv.slice(2);
  const carrier = sqliteCarrier({ file });
  const client = await connectFlow(Words, { carrier });
  if (what === 'send') console.log((await client.emit('to be or not')).rootId);
  else {
    const worker = await serveFlow(Words, { carrier });
    console.log(await client.result(given, { timeoutS: 30 }), await client.call('to be', { timeoutS: 30 }));
    await worker.stop();
  }
  await client.stop();
})().catch((error) => {
  console.log(error.code, error.message);
  process.exitCode = error.code === 'STORE_DRIVER_MISSING' ? 0 : 1;
});
`;
}

/**
 * What one process has sent another one works on, over a file; where Node has no SQLite and nobody has installed one the error says that, which comes from the thread.
 *
 * @param hasDriver - whether a driver is installed
 */
export async function checkSqliteCarrier(project, hasDriver) {
  const folder = await mkdtemp(join(project, 'carrier-'));
  for (const [kind, load] of Object.entries(IMPORTS)) {
    const [path, file] = [join(project, `carrier.${kind}`), join(folder, `${kind}.db`)];
    await writeFile(path, program(load));
    const sent = await run(process.execPath, [path, 'send', file], project);
    const rootId = sent.stdout.trim();
    if (rootId.startsWith('STORE_DRIVER_MISSING') && !hasDriver) {
      console.log(`${basename(project)}: the thread of sqliteCarrier runs from a .${kind}, and finds no driver`);
      continue;
    }
    const { stdout } = await run(process.execPath, [path, 'serve', file, rootId], project);
    expect(stdout.trim() === '4 2', `sqliteCarrier from a .${kind} gave ${stdout}`);
    console.log(`${basename(project)}: sqliteCarrier carries messages from process to process, from a .${kind}`);
  }
  await rm(folder, { recursive: true });
}
