// What one snapshot of the inspector costs the thread of the flows: a flow of 64 nodes that has worked, sampled and written as JSON, as it is once a
// second while somebody looks; processor time, so that what else the machine does counts for little. Usage: npm run build && node bench/inspector.mjs [nodes] [samples] [rounds]
import 'reflect-metadata';
import { createFlow, Flow, Node, SystemClock, uncheckedGraph } from '../dist/src/index.js';
import { InspectedFlows, lineSource } from '../dist/src/inspector/inspected-flows.js';
import { LiveSampler } from '../dist/src/inspector/live/live-sampler.js';

const [nodes = 64, samples = 2_000, rounds = 7] = process.argv.slice(2).map(Number);

const classes = Array.from({ length: nodes }, (_, index) => {
  class Step {
    process(payload) {
      return payload;
    }
  }
  Node({ name: `Step${index}`, concurrency: 8 })(Step);
  return Step;
});
class Chain {
  graph = uncheckedGraph(classes.map((from, index) => [from, classes.slice(index + 1, index + 2)]));
}
Flow({ name: 'Chain' })(Chain);

process.removeAllListeners('warning');
const flow = createFlow(Chain);
await flow.run();
const sampler = new LiveSampler(new InspectedFlows([flow], undefined, lineSource(undefined)), new SystemClock());
sampler.sample();
for (let run = 0; run < 2_000; run++) await flow.call(run);

const took = [];
let chars = 0;
for (let round = 0; round < rounds; round++) {
  const began = process.cpuUsage();
  for (let sample = 0; sample < samples; sample++) chars = JSON.stringify(sampler.sample()).length;
  const { user, system } = process.cpuUsage(began);
  took.push((user + system) / samples);
}
took.sort((one, other) => one - other);
const median = took[Math.floor(rounds / 2)];
console.log(
  `node ${process.version}, ${nodes} nodes: ${median.toFixed(0)} µs per snapshot (median of ${rounds} rounds of ${samples}, fastest ${took[0].toFixed(0)}), ${chars} characters of JSON`,
);
sampler.end();
await flow.stop();
