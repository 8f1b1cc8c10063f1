// What correlation costs a flow that logs nothing, in its three modes. Usage: npm run build && node bench/correlation.mjs [messages] [rounds]
//   never  no correlated logger has been made: attempts run as they are
//   off    the async context was used once in this process, and nobody needs it now
//   on     a correlated logger exists: each attempt enters the async context
// Node 20 makes every promise cost more once the context was used, so each measurement is a process of its own; the modes take
// turns, so that a busy machine hits them alike. Figures are medians.
import 'reflect-metadata';
import { execFileSync } from 'node:child_process';

const MODES = ['never', 'off', 'on'];
const [first, second] = process.argv.slice(2);

if (MODES.includes(first)) await measure(first, Number(second));
else compare(Number(first ?? 40_000), Number(second ?? 5));

function compare(messages, rounds) {
  const times = MODES.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, mode] of MODES.entries()) {
      const args = [import.meta.filename, mode, String(messages)];
      times[index].push(Number(execFileSync(process.execPath, args, { encoding: 'utf8' })));
    }
  }
  const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  console.log(`node ${process.version}, three async nodes, ${messages} messages, ${rounds} rounds`);
  for (const [index, mode] of MODES.entries()) {
    const ratio = median(times[index].map((us, round) => us / times[0][round]));
    console.log(
      `correlation ${mode.padEnd(6)} ${median(times[index]).toFixed(2).padStart(7)} us/message  ${ratio.toFixed(2)} of never`,
    );
  }
}

async function measure(mode, messages) {
  const src = new URL('../dist/src/', import.meta.url).href;
  const { createFlow, Flow, getLogger, Node, uncheckedGraph } = await import(`${src}index.js`);
  const { attemptScope } = await import(`${src}logging/scope/correlation-scope.js`);
  if (mode === 'on') getLogger();
  if (mode === 'off') attemptScope.run({}, () => {});

  const nodes = ['A', 'B', 'C'].map((name) => {
    class Step {
      async process(payload) {
        await Promise.resolve();
        return payload;
      }
    }
    Node({ name })(Step);
    return Step;
  });
  class Chain {
    graph = uncheckedGraph([
      [nodes[0], [nodes[1]]],
      [nodes[1], [nodes[2]]],
    ]);
  }
  Flow()(Chain);
  process.removeAllListeners('warning'); // it has no sink, on purpose
  const flow = createFlow(Chain);
  await flow.run();
  const run = async (count) => {
    let sent = 0;
    const caller = async () => {
      while (sent < count) await flow.call(sent++);
    };
    await Promise.all(Array.from({ length: 32 }, caller));
  };
  await run(messages / 4);
  const start = process.hrtime.bigint();
  await run(messages);
  console.log(Number(process.hrtime.bigint() - start) / 1000 / messages);
  await flow.stop();
}
