// Runs one workload for one contender in this process and prints its figures as JSON. Started by main.ts.
import process from 'node:process';

import { loadContender } from './contenders.js';
import { WORKLOADS } from './workloads.js';

const [id, name, scale] = process.argv.slice(2);
const workload = WORKLOADS.find((each) => each.id === id);
if (workload === undefined || name === undefined) throw new Error(`No workload ${id} or contender ${name}`);
const { contender, fewer } = await loadContender(name);
const count = Math.max(20, Math.round((workload.count * Number(scale)) / fewer));
const figures = await workload.run(contender, count);
const reason = contender.cannot?.[workload.id] ?? 'not expressed by its documentation';
process.stdout.write(
  JSON.stringify({ count, about: contender.about, ...(figures === undefined ? { reason } : { figures }) }),
);
process.exit();
