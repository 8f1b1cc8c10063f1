import process from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';

import { identityStages } from '../contender.js';
import { median, type Figures, type Workload } from '../workload.js';

/** What is imported, in this order; the last one is measured. */
const IMPORTS: Readonly<Record<string, readonly [modules: readonly string[], about: string]>> = {
  penguiflow: [
    ['reflect-metadata', 'penguiflow'],
    'with reflect-metadata, as its users import it; winston is loaded with the first logger',
  ],
  'penguiflow and winston': [['reflect-metadata', 'penguiflow', 'winston'], 'what a program pays that logs, too'],
  'winston alone': [['winston'], 'the reference, not a peer: what of the import is winston’s own'],
};

const WARM_STARTS = 15;

/** W9: what is paid before the first message. */
export const STARTING: readonly Workload[] = [
  {
    id: 'W9a',
    title: 'import in a fresh process',
    better: 'less',
    unit: 'ms',
    contenders: Object.keys(IMPORTS),
    ours: 'penguiflow',
    processes: 7,
    async run(name) {
      const [modules, about] = IMPORTS[name] as (typeof IMPORTS)[string];
      const before = process.memoryUsage().rss;
      const from = performance.now();
      for (const module of modules) await import(module);
      const ms = performance.now() - from;
      return { about, figures: { ms, 'RSS grown by MB': (process.memoryUsage().rss - before) / 2 ** 20 } };
    },
  },
  {
    id: 'W9b',
    title: 'createFlow + run of a chain, in a fresh process for each size',
    better: 'less',
    unit: 'ms',
    contenders: ['penguiflow'],
    ours: undefined,
    sizes: [5, 50, 500],
    processes: 3,
    async run(_name, _scale, size) {
      const about = 'first: the first flow of its process; warm: the median of the next ones; classes made before';
      return { about, figures: await starts(size) };
    },
  },
];

async function starts(size: number): Promise<Figures> {
  const { chainOf, run } = await import('../contenders/penguiflow.js');
  const flowClass = chainOf(identityStages(size));
  const before = process.memoryUsage().rss;
  let from = performance.now();
  let flow = await run(flowClass);
  const first = performance.now() - from;
  const mb = (process.memoryUsage().rss - before) / 2 ** 20;
  const warm: number[] = [];
  for (let n = 0; n < WARM_STARTS; n++) {
    await flow.stop();
    await turn();
    from = performance.now();
    flow = await run(flowClass);
    warm.push(performance.now() - from);
  }
  await flow.stop();
  return { [`${size}: first ms`]: first, [`${size}: warm ms`]: median(warm), [`${size}: RSS MB`]: mb };
}
