// Runs one workload for one contender in this process and prints what came of it as JSON. Started by main.ts.
import process from 'node:process';

import { WORKLOADS } from './workloads.js';

const [id, name, scale = '1', size = '1'] = process.argv.slice(2);
const workload = WORKLOADS.find((each) => each.id === id);
if (workload === undefined || name === undefined) throw new Error(`No workload ${id} or contender ${name}`);
process.stdout.write(JSON.stringify(await workload.run(name, Number(scale), Number(size))));
process.exit();
