import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { currentBlock, newTraceId, takeId, traceIdOf } from '#src/message/trace-id.js';

/** The half of an id that is its own. */
function own(id: string): bigint {
  return BigInt(`0x${id.slice(16)}`);
}

describe('a fresh trace id', () => {
  let ids: readonly string[] = [];
  before(() => void (ids = Array.from({ length: 100_000 }, newTraceId)));

  it('R1 has 32 lower-case hex digits, and no two of 100,000 are the same', () => {
    expect(ids.filter((id) => !/^[0-9a-f]{32}$/.test(id))).to.deep.equal([]);
    expect(new Set(ids).size).to.equal(ids.length);
    expect(new Set(ids.map(own)).size).to.equal(ids.length);
  });

  it('R1 does not follow from the one before: no step comes twice, and ids go down as often as up', () => {
    const steps = ids.slice(1).map((id, at) => own(id) - own(ids[at] as string));
    expect(new Set(steps).size).to.equal(steps.length);
    // Of fair coins; 1 % is more than six standard deviations.
    expect(steps.filter((step) => step > 0n).length / steps.length).to.be.within(0.49, 0.51);
  });

  it('R1 has each bit of its own half set in half of all ids', () => {
    const set = Array.from({ length: 64 }, () => 0);
    for (const id of ids) {
      let rest = own(id);
      for (let bit = 0; bit < 64; bit++, rest >>= 1n) set[bit]! += Number(rest & 1n);
    }
    for (const [bit, count] of set.entries()) expect(count / ids.length, `bit ${bit}`).to.be.within(0.49, 0.51);
  });

  it('R1 shares its left half with those of its block, and not with all', () => {
    const lefts = new Set(ids.map((id) => id.slice(0, 16)));
    expect(lefts.size).to.be.within(2, ids.length / 128);
  });

  it('R1 may be taken now and written out later', () => {
    const [at, block] = [takeId(), currentBlock()];
    const others = Array.from({ length: 5_000 }, newTraceId);
    const id = traceIdOf(block, at);
    expect(id)
      .to.equal(traceIdOf(block, at))
      .and.match(/^[0-9a-f]{32}$/);
    expect(others).to.not.include(id);
  });

  it('R1 is of the secure generator: without it there is none', () => {
    const program = `
      const crypto = process.getBuiltinModule('node:crypto');
      crypto.randomBytes = () => { throw new Error('asked the generator'); };
      Math.random = () => 0.5;
      const { newTraceId } = await import('#src/message/trace-id.js');
      try { console.log(newTraceId()); } catch (error) { console.log(error.message); }
    `;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
    expect(stdout.trim()).to.equal('asked the generator');
  });
});
