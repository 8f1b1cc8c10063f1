import { expect } from 'chai';
import { mapConcurrent } from '#src/index.js';
import { useFlows } from '../support/flows.js';
import { held, line, pass } from '../support/nodes.js';
import { codeOf } from '../support/settling.js';

describe('options of emit, call and fetch', () => {
  const bench = useFlows();

  /** A signal of the user's own whose methods throw. */
  function hostileSignal(): AbortSignal {
    const refuse = (): never => {
      throw new Error('not here');
    };
    return { aborted: false, addEventListener: refuse, removeEventListener: refuse } as unknown as AbortSignal;
  }

  const halves: readonly object[] = [
    { aborted: false, addEventListener() {} },
    { aborted: false, removeEventListener() {} },
    { addEventListener() {}, removeEventListener() {} },
  ];
  for (const half of halves) {
    it(`R7 a signal that has only ${Object.keys(half).join(' and ')} is refused, and jams nothing`, async () => {
      const flow = await bench.run(line(pass('A')));
      const options = { signal: half as AbortSignal };
      expect(await codeOf(flow.call('p', options))).to.equal('INVALID_OPTION');
      expect(await codeOf(flow.emit('p', options))).to.equal('INVALID_OPTION');
      expect(await codeOf(flow.fetch(options))).to.equal('INVALID_OPTION');
      expect(await codeOf(mapConcurrent([1], (n) => n, options))).to.equal('INVALID_OPTION');
      expect(flow.snapshot().traces).to.equal(0);
    });
  }

  it('R7 a signal that throws keeps no call, emit or fetch from its end', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work), { queueMaxsize: 1 });
    const options = { signal: hostileSignal() };
    const answer = flow.call('p', options);
    const emits = [1, 2].map((payload) => flow.emit(payload, options));
    const fetched = flow.fetch(options);
    calls[0]?.resolve('answer');
    expect(await answer).to.equal('answer');
    await emits[0];
    calls[1]?.resolve('one');
    expect(await fetched).to.equal('one');
    await emits[1];
    calls[2]?.resolve('two');
    expect(await flow.fetch()).to.equal('two');
    expect(flow.snapshot().traces).to.equal(0);
    expect(await mapConcurrent([1], (n) => n, options)).to.deep.equal([1]);
  });
});
