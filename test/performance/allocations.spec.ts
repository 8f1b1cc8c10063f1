import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect } from 'chai';

const PROGRAM = fileURLToPath(new URL('count-allocations.js', import.meta.url));

/** No optimising compiler, which would leave out some objects on some runs, and no garbage collection. */
const FLAGS = ['--no-warnings', '--no-opt', '--no-sparkplug', '--min-semi-space-size=256', '--max-semi-space-size=256'];

/**
 * Bytes, about a third above what they are: room for another version of Node, not for another object per hop.
 * When one of these fails, look at docs/performance.md for how to find what was added.
 */
const BUDGET = { hop: 550, message: 3_000, event: 1_000 };

describe('what a flow allocates', () => {
  it('is no more than the budget of a hop, a message and an event', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, PROGRAM]);
    const bytes = JSON.parse(stdout) as typeof BUDGET;
    expect(bytes.hop, 'bytes per hop').to.be.within(1, BUDGET.hop);
    expect(bytes.message, 'bytes per message').to.be.within(1, BUDGET.message);
    expect(bytes.event, 'bytes per event').to.be.within(1, BUDGET.event);
  }).timeout(60_000);
});
