import { expect } from 'chai';
import { LoopGovernor } from '#src/scheduling/loop-governor.js';

/** Counts until the governor closes; gives up after far more than the machine does in its budget. */
function tickUntilClosed(governor: LoopGovernor): boolean {
  for (let ticks = 0; ticks < 50_000_000 && !governor.closed; ticks++) governor.tick();
  return governor.closed;
}

const macrotask = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe('LoopGovernor', () => {
  it('R30 is open until work went on for a while without a macrotask', () => {
    const governor = new LoopGovernor();
    expect(governor.closed).to.equal(false);
    expect(tickUntilClosed(governor)).to.equal(true);
  });

  it('R30 opens again after a macrotask, and calls back in order', async () => {
    const governor = new LoopGovernor();
    tickUntilClosed(governor);
    const called: string[] = [];
    governor.whenOpen(() => called.push(`first, closed: ${governor.closed}`));
    governor.whenOpen(() => called.push('second'));
    await Promise.resolve();
    expect(called).to.deep.equal([]);
    await macrotask();
    expect(called).to.deep.equal(['first, closed: false', 'second']);
    expect(governor.closed).to.equal(false);
  });

  it('R30 does not close while macrotasks run in between', async () => {
    const governor = new LoopGovernor();
    for (let turn = 0; turn < 200; turn++) {
      for (let ticks = 0; ticks < 64; ticks++) governor.tick();
      expect(governor.closed).to.equal(false);
      await macrotask();
    }
  });
});
