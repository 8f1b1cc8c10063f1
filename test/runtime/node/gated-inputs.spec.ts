import { expect } from 'chai';
import { Floe } from '#src/queue/floe.js';
import { GatedInputs } from '#src/runtime/node/gated-inputs.js';
import type { CycleGate } from '#src/runtime/node/cycle-gate.js';
import type { JoinWait } from '#src/runtime/node/join-wait.js';
import type { JoinWaits } from '#src/runtime/node/join-waits.js';
import type { Parcel } from '#src/runtime/trace/envelope.js';

/** Floes from outside and from inside of a cycle, its gate, and a join with something that is out of time. */
function gated(marks: ReadonlyMap<number, number>, lacks?: ReadonlySet<number>) {
  const floes = [new Floe<Parcel>(0), new Floe<Parcel>(0)];
  const gate = { isOpen: false, wait: () => {}, onTaken: () => {} };
  const wait = { input: 1, marks, lacks } as JoinWait;
  const join = {
    outOfTime: 1,
    firstOutOfTime: wait as JoinWait | undefined,
    lets: () => true,
    takeOutOfTime(): unknown {
      join.firstOutOfTime = undefined;
      return 'own';
    },
  };
  const cycle = { gate: gate as unknown as CycleGate, inside: [false, true], node: { onArrival: () => {} } };
  return { floes, gate, inputs: new GatedInputs(floes, cycle, join as unknown as JoinWaits) };
}

describe('the inputs of a join on a cycle', () => {
  it('R6b R19d do not wait for what the gate of the cycle keeps out', () => {
    const { floes, gate, inputs } = gated(new Map([[0, 1]]));
    floes[0]?.offer('outside' as never);
    expect([inputs.take(), inputs.takenFrom]).to.deep.equal(['own', 1]);
    expect(inputs.take()).to.equal(undefined);
    gate.isOpen = true;
    expect(inputs.take()).to.equal('outside');
  });

  it('R19d do not wait for more from where nothing is lacking any more', () => {
    const { floes, inputs } = gated(new Map([[1, 2]]), new Set([0]));
    floes[1]?.offer('of another run' as never);
    expect(inputs.take()).to.equal('own');
  });

  it('R19d take what came in time before what says that time is up, from inside and with an open gate', () => {
    const inside = gated(new Map([[1, 2]]));
    for (const part of ['in time', 'too', 'late']) inside.floes[1]?.offer(part as never);
    expect([1, 2, 3, 4].map(() => inside.inputs.take())).to.deep.equal(['in time', 'too', 'own', 'late']);
    const open = gated(new Map([[0, 1]]));
    open.gate.isOpen = true;
    open.floes[0]?.offer('in time' as never);
    expect([1, 2].map(() => open.inputs.take())).to.deep.equal(['in time', 'own']);
  });
});
