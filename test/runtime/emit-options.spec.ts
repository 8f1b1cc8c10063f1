import { expect } from 'chai';
import { createFlow, mapConcurrent, Message, type EmitOptions } from '#src/index.js';
import { Orders } from '../assembly/support/use-assembly.js';
import { useFlows } from '../support/flows.js';
import { held, line, node, pass, rows } from '../support/nodes.js';
import { codeOf, failureOf, settle } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

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
    const half = Object.assign(hostileSignal(), { addEventListener() {} });
    expect(await mapConcurrent([1], (n) => n, { signal: half })).to.deep.equal([1]);
  });

  it('R7 a list, a date and a map are no options, and no meta', async () => {
    const flow = await bench.run(line(pass('A')));
    for (const wrong of [[], new Date(0), new Map()]) {
      const options = wrong as EmitOptions;
      expect(await codeOf(flow.call('p', options))).to.equal('INVALID_OPTION');
      expect(await codeOf(flow.emit('p', options))).to.equal('INVALID_OPTION');
      expect(await codeOf(flow.fetch(options))).to.equal('INVALID_OPTION');
      expect(await codeOf(flow.stop(options as object))).to.equal('INVALID_OPTION');
      expect(await codeOf(mapConcurrent([1], (n) => n, options))).to.equal('INVALID_OPTION');
      expect(thrownBy(() => flow.tryEmit('p', options)).code).to.equal('INVALID_OPTION');
      expect(thrownBy(() => flow.cancel('t', options)).code).to.equal('INVALID_OPTION');
      expect(thrownBy(() => createFlow(Orders, wrong as object)).code).to.equal('INVALID_OPTION');
      const failure = await failureOf(flow.emit('p', { meta: wrong as never }));
      expect(failure.message).to.contain('Expected `meta` of emit()').and.contain('to be a plain object');
      expect(thrownBy(() => new Message('p', { meta: wrong as never })).code).to.equal('INVALID_MESSAGE');
    }
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R7 an empty `to` names the method that was called', async () => {
    const flow = await bench.run(line(pass('A')));
    const message = (method: string): string =>
      `Expected \`to\` of ${method} of flow "${flow.name}" to be at least one node`;
    expect((await failureOf(flow.call('p', { to: [] }))).message).to.contain(message('call()'));
    expect((await failureOf(flow.emit('p', { to: [] }))).message).to.contain(message('emit()'));
    expect(thrownBy(() => flow.tryEmit('p', { to: [] })).message).to.contain(message('tryEmit()'));
    expect(thrownBy(() => flow.stream('p', { to: [] })).message).to.contain(message('stream()'));
  });

  it('R4 R7 a node that `to` names twice gets the message once', async () => {
    const [A, B] = [held('A'), held('B')];
    const Top = node('Top', (payload: unknown, ctx) => ctx.emit(payload, { to: ['A', A.node, 'A', B.node] }));
    const flow = await bench.run(rows([[Top, [A.node, B.node]]]));
    await flow.emit('p', { to: ['Top', Top, 'Top'] });
    await settle();
    expect([A.calls.length, B.calls.length]).to.deep.equal([1, 1]);
    for (const { calls } of [A, B]) calls[0]?.resolve(undefined);
    await settle();
    expect([A.calls.length, B.calls.length, flow.snapshot().traces]).to.deep.equal([1, 1, 0]);
  });
});
