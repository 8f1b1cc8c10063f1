import { expect } from 'chai';
import { FlowError, joinK } from '#src/index.js';
import { record, useFlows } from '../support/flows.js';
import { failing, held, line, node, pass, rows } from '../support/nodes.js';
import { codeOf, failureOf, isPending, settle } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

describe('fetch, cancel and join by trace id and tenant', () => {
  const bench = useFlows();

  describe('the label', () => {
    it('R1 has at most 16,384 characters of trace id and 1,024 of tenant', async () => {
      const flow = await bench.run(line(pass('A')));
      const [traceId, tenant] = ['t'.repeat(16_384), 'o'.repeat(1_024)];
      expect(await flow.emit(1, { traceId, tenant })).to.equal(traceId);
      expect(await flow.fetch({ traceId, tenant })).to.equal(1);
      for (const tooLong of [{ traceId: `${traceId}t` }, { tenant: `${tenant}o` }, { traceId: '' }, { tenant: '' }]) {
        expect(await codeOf(flow.emit(1, tooLong))).to.equal('INVALID_OPTION');
        expect(await codeOf(flow.call(1, tooLong))).to.equal('INVALID_OPTION');
      }
      expect(await codeOf(flow.fetch({ traceId: `${traceId}t` }))).to.equal('INVALID_OPTION');
      expect(await codeOf(flow.fetch({ traceId, tenant: `${tenant}o` }))).to.equal('INVALID_OPTION');
      expect(thrownBy(() => flow.cancel('t', { tenant: `${tenant}o` })).code).to.equal('INVALID_OPTION');
      expect(flow.snapshot().traces).to.equal(0);
    });

    it('R17 a tenant without a trace id is refused by fetch', async () => {
      const flow = await bench.run(line(pass('A')));
      const error = await failureOf(flow.fetch({ tenant: 'acme' }));
      expect([error.code, error.metadata['option']]).to.deep.equal(['INVALID_OPTION', 'tenant']);
    });
  });

  describe('fetch', () => {
    it('R17 takes results of its tenant, and of `default` when none is named', async () => {
      const flow = await bench.run(line(pass('A')));
      for (const tenant of ['acme', 'default', 'hooli']) await flow.emit(`of ${tenant}`, { traceId: 't', tenant });
      expect(await flow.fetch({ traceId: 't' })).to.equal('of default');
      expect(await flow.fetch({ traceId: 't', tenant: 'hooli' })).to.equal('of hooli');
      expect(await flow.fetch({ traceId: 't', tenant: 'acme' })).to.equal('of acme');
    });

    it('R6 looks without waiting when its time is 0', async () => {
      const { node: work, calls } = held('A', { concurrency: 2 });
      const flow = await bench.run(line(work));
      for (const options of [{ timeoutS: 0 }, { timeoutS: 0, traceId: 't' }]) {
        const error = await failureOf(flow.fetch(options));
        expect([error.code, error.message]).to.deep.equal([
          'FETCH_TIMEOUT',
          `fetch() of flow "${flow.name}" found no result`,
        ]);
      }
      await flow.emit(1, { traceId: 't' });
      await flow.emit(2, { traceId: 'u' });
      expect(await codeOf(flow.fetch({ timeoutS: 0 }))).to.equal('FETCH_TIMEOUT');
      calls[0]?.resolve('first');
      calls[1]?.reject(new Error('no'));
      await settle();
      expect(await flow.fetch({ timeoutS: 0, traceId: 't' })).to.equal('first');
      expect(await codeOf(flow.fetchMessage({ timeoutS: 0 }))).to.equal('NODE_EXCEPTION');
      expect(await codeOf(flow.fetch({ timeoutS: 0 }))).to.equal('FETCH_TIMEOUT');
      expect(await codeOf(flow.fetch({ timeoutS: -0.1 }))).to.equal('INVALID_OPTION');
    });

    it('R17 takes the results of several runs of one label in the order in which they came', async () => {
      const { node: work, calls } = held('A', { concurrency: 3 });
      const flow = await bench.run(line(work));
      for (const payload of [1, 2, 3]) await flow.emit(payload, { traceId: 't' });
      const waiting = flow.fetch({ traceId: 't' });
      calls[2]?.resolve('third');
      await settle();
      calls[0]?.resolve('first');
      await settle();
      calls[1]?.resolve('second');
      await settle();
      expect([await waiting, await flow.fetch({ traceId: 't' }), await flow.fetch({ traceId: 't' })]).to.deep.equal([
        'third',
        'first',
        'second',
      ]);
    });

    it('R17 takes nothing of a call or stream of its label', async () => {
      const { node: work, calls } = held('A', { concurrency: 2 });
      const flow = await bench.run(line(work));
      const fetched = flow.fetch({ traceId: 't' });
      const called = flow.call(1, { traceId: 't' });
      await settle();
      calls[0]?.resolve('for the caller');
      expect(await called).to.equal('for the caller');
      expect(await isPending(fetched)).to.equal(true);
      await flow.emit(2, { traceId: 't' });
      calls[1]?.resolve('for the fetch');
      expect(await fetched).to.equal('for the fetch');
    });

    it('R17 fails at once when only other tenants’ runs bear the id, and names none of them', async () => {
      const flow = await bench.run(line(held('A').node));
      await flow.emit(1, { traceId: 't', tenant: 'acme' });
      const error = await failureOf(flow.fetch({ traceId: 't' }));
      expect([error.code, error.traceId]).to.deep.equal(['TENANT_REQUIRED', 't']);
      expect(JSON.stringify([error.message, error.hint, error.toPayload()])).to.not.include('acme');
      // A tenant that is named is waited for, and so is an id that nobody bears.
      expect(await isPending(flow.fetch({ traceId: 't', tenant: 'hooli' }).catch(() => {}))).to.equal(true);
      expect(await isPending(flow.fetch({ traceId: 't', tenant: 'default' }).catch(() => {}))).to.equal(true);
      expect(await isPending(flow.fetch({ traceId: 'u' }).catch(() => {}))).to.equal(true);
    });

    it('R17 does not fail so when the default tenant has a run of that id, too', async () => {
      const { node: work, calls } = held('A', { concurrency: 2 });
      const flow = await bench.run(line(work));
      await flow.emit(1, { traceId: 't', tenant: 'acme' });
      await flow.emit(2, { traceId: 't' });
      const fetched = flow.fetch({ traceId: 't' });
      calls[1]?.resolve('mine');
      expect(await fetched).to.equal('mine');
    });

    it('R14 R17 remembers failures by tenant and id, and gives each once to a fetch of its label', async () => {
      const flow = await bench.run(line(failing('A')), { deliverFailures: false });
      await flow.emit(1, { traceId: 't', tenant: 'acme' });
      await flow.emit(2, { traceId: 't', tenant: 'acme' });
      await settle();
      expect(await codeOf(flow.fetch({ traceId: 't' }))).to.equal('TENANT_REQUIRED');
      const acme = { traceId: 't', tenant: 'acme' };
      expect([await codeOf(flow.fetch(acme)), await codeOf(flow.fetch(acme))]).to.deep.equal([
        'NODE_EXCEPTION',
        'NODE_EXCEPTION',
      ]);
      expect(await isPending(flow.fetch(acme).catch(() => {}))).to.equal(true);
      expect(await isPending(flow.fetch({ traceId: 't' }).catch(() => {}))).to.equal(true);
    });

    it('R14 gets the results of its label before the failures, whichever came first', async () => {
      const picky = node('A', (payload) => {
        if (payload === 'bad') throw new Error('no');
        return payload;
      });
      const flow = await bench.run(line(picky));
      await flow.emit('bad', { traceId: 't' });
      await settle();
      await flow.emit('good', { traceId: 't' });
      await settle();
      expect(await flow.fetch({ traceId: 't' })).to.equal('good');
      expect(await codeOf(flow.fetch({ traceId: 't' }))).to.equal('NODE_EXCEPTION');
    });
  });

  describe('cancel', () => {
    it('R16 R17 ends all runs of the id and tenant, each with its own events, and no others', async () => {
      const { node: work, calls } = held('A', { concurrency: 9 });
      const flow = await bench.run(line(work));
      const events = record(flow);
      const acme = { traceId: 't', tenant: 'acme' };
      await flow.emit(0, acme);
      const stream = flow.stream(1, acme);
      const codes = [codeOf(flow.call(2, acme)), codeOf(flow.call(3, acme)), codeOf(stream.next())];
      const others = [flow.call(4, { traceId: 't' }), flow.call(5, { traceId: 'u', tenant: 'acme' })];
      await settle();
      expect(flow.cancel('t', { tenant: 'acme' })).to.equal(true);
      expect(await Promise.all(codes)).to.deep.equal(Array.from({ length: 3 }, () => 'TRACE_CANCELLED'));
      for (const type of ['trace_cancel_start', 'node_trace_cancelled', 'trace_cancel_finish'] as const) {
        const told = events.filter(({ eventType }) => eventType === type);
        expect(
          told.map(({ tenant }) => tenant),
          type,
        ).to.deep.equal(Array.from({ length: 4 }, () => 'acme'));
      }
      expect(flow.cancel('t', { tenant: 'acme' })).to.equal(false);
      for (const call of calls) call.resolve(call.payload);
      expect(await Promise.all(others)).to.deep.equal([4, 5]);
    });

    it('R17 fails when only other tenants’ runs bear the id, and ends none of them', async () => {
      const { node: work, calls } = held('A');
      const flow = await bench.run(line(work));
      const called = flow.call(1, { traceId: 't', tenant: 'acme' });
      const error = thrownBy(() => flow.cancel('t'));
      expect(error.code).to.equal('TENANT_REQUIRED');
      expect(error.message).to.not.include('acme');
      expect(flow.cancel('t', { tenant: 'hooli' })).to.equal(false);
      await settle();
      calls[0]?.resolve('alive');
      expect(await called).to.equal('alive');
      expect(flow.cancel('t')).to.equal(false);
    });
  });

  describe('emit with `join`', () => {
    it('R17 joins the active run that was begun so under its tenant and id, and no other', async () => {
      const flow = await bench.run(rows([[joinK('Pair', 2), []]]));
      const pair = { traceId: 't', tenant: 'acme', join: true };
      // Nobody adds to this one, so it is over at once.
      await flow.emit('alone', { traceId: 't', tenant: 'acme' });
      expect(flow.snapshot().traces).to.equal(0);
      await flow.emit('a', pair);
      await flow.emit('of another', { ...pair, tenant: 'hooli' });
      expect(flow.snapshot().traces).to.equal(2);
      expect(flow.tryEmit('b', pair)).to.equal(true);
      expect(await flow.fetch({ traceId: 't', tenant: 'acme' })).to.deep.equal(['a', 'b']);
    });

    it('R17 joins no run that is being cancelled: it begins another', async () => {
      const { node: work, calls } = held('A', { concurrency: 2 });
      const flow = await bench.run(line(work));
      const joined = { traceId: 't', join: true };
      await flow.emit('before', joined);
      flow.on('trace_cancel_start', () => void flow.emit('meanwhile', joined));
      expect(flow.cancel('t')).to.equal(true);
      await settle();
      expect(calls.map(({ payload, ctx }) => [payload, ctx.signal.aborted])).to.deep.equal([
        ['before', true],
        ['meanwhile', false],
      ]);
      calls[1]?.resolve('goes on');
      expect(await flow.fetch({ traceId: 't' })).to.equal('goes on');
    });

    it('R17 R18 shares chunk numbers with those who joined, and with nobody else', async () => {
      const gate = held('Gate', { concurrency: 4 });
      const speak = node('Speak', async (payload, ctx) => {
        const { seq } = await ctx.emitChunk(String(payload));
        numbers.push(`${String(payload)} ${seq}`);
      });
      const numbers: string[] = [];
      const flow = await bench.run(
        rows([
          [gate.node, []],
          [speak, []],
        ]),
      );
      // What the gate holds keeps both runs active.
      await flow.emit('held', { traceId: 't', join: true, to: gate.node });
      for (const payload of ['a', 'b']) await flow.emit(payload, { traceId: 't', join: true, to: speak });
      await flow.emit('c', { traceId: 't', to: speak });
      await settle();
      expect(numbers).to.deep.equal(['a 0', 'b 1', 'c 0']);
    });

    it('R17 is refused where it is no yes or no, and for a call and a stream', async () => {
      const flow = await bench.run(line(pass('A')));
      expect(await codeOf(flow.emit(1, { join: 'yes' as never }))).to.equal('INVALID_OPTION');
      expect(await codeOf(flow.call(1, { join: true }))).to.equal('INVALID_OPTION');
      expect(
        FlowError.is(
          thrownBy(() => flow.stream(1, { join: true })),
          'INVALID_OPTION',
        ),
      ).to.equal(true);
      expect(await flow.call(1, { join: false })).to.equal(1);
    });
  });
});
