import { expect } from 'chai';
import { LoopGovernor } from '#src/scheduling/loop-governor.js';
import { RunQueue, type Runnable } from '#src/scheduling/run-queue.js';

/** A gate that tests open and close by hand. */
class Gate extends LoopGovernor {
  ticks = 0;
  readonly #callbacks: (() => void)[] = [];
  override tick(): void {
    this.ticks++;
  }
  override whenOpen(callback: () => void): void {
    this.#callbacks.push(callback);
  }
  open(): void {
    this.closed = false;
    for (const callback of this.#callbacks.splice(0)) callback();
  }
}

describe('RunQueue', () => {
  let gate = new Gate();
  let queue = new RunQueue(gate);
  let ran: string[] = [];
  const worker = (name: string, body: () => void = () => {}): Runnable => ({
    scheduled: false,
    nextInLine: undefined,
    pump: () => {
      ran.push(name);
      body();
    },
  });

  beforeEach(() => {
    gate = new Gate();
    queue = new RunQueue(gate);
    ran = [];
  });

  it('runs a worker at once when nothing else runs', () => {
    queue.schedule(worker('a'));
    expect(ran).to.deep.equal(['a']);
  });

  it('puts what is scheduled during a turn in line, in order, each once', () => {
    const [b, c] = [worker('b'), worker('c')];
    queue.schedule(
      worker('a', () => {
        queue.schedule(b);
        queue.schedule(c);
        queue.schedule(b);
        ran.push('a ends');
      }),
    );
    expect(ran).to.deep.equal(['a', 'a ends', 'b', 'c']);
  });

  it('runs what is scheduled in a turn from outside when the turn is left, nested ones too', () => {
    queue.enter();
    queue.enter();
    queue.schedule(worker('a'));
    queue.leave();
    expect(ran).to.deep.equal([]);
    queue.leave();
    expect(ran).to.deep.equal(['a']);
  });

  it('makes no deep stack of a long chain', () => {
    let left = 100_000;
    const again: Runnable = worker('again', () => {
      if (left-- > 0) queue.schedule(again);
    });
    queue.schedule(again);
    expect(ran).to.have.length(100_001);
  });

  it('R30 starts nothing while the gate is closed, and goes on when it opens', async () => {
    gate.closed = true;
    queue.schedule(worker('a'));
    expect([queue.paused, ran]).to.deep.equal([true, []]);
    const opened = queue.opened();
    gate.open();
    expect(ran).to.deep.equal(['a']);
    await opened;
    expect(queue.opened()).to.equal(undefined);
  });

  it('R30 stops between two workers when the gate closes', () => {
    queue.schedule(
      worker('a', () => {
        queue.schedule(worker('b'));
        gate.closed = true;
      }),
    );
    expect(ran).to.deep.equal(['a']);
    gate.open();
    expect(ran).to.deep.equal(['a', 'b']);
  });

  it('counts what it is told to', () => {
    queue.tick();
    queue.tick();
    expect(gate.ticks).to.equal(2);
  });

  it('goes on after a worker that throws', () => {
    const broken = worker('a', () => {
      throw new RangeError('bug');
    });
    expect(() => queue.schedule(broken)).to.throw(RangeError);
    queue.schedule(worker('b'));
    expect(ran).to.deep.equal(['a', 'b']);
  });
});
