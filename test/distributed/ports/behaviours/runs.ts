import { expect } from 'chai';
import { StreamChunk, type FlowError, type FlowResult } from '#src/index.js';

import { failing, held, line, node, pass, rows } from '../../../support/nodes.js';
import { codeOf, failureOf, isPending } from '../../../support/settling.js';
import type { Behaviour, Opened } from '../ways.js';

/** The next result. */
async function nextOf(
  opened: Opened,
  results: AsyncIterator<FlowResult<unknown>, undefined>,
): Promise<FlowResult<unknown> | undefined> {
  return (await opened.now(results.next())).value;
}

/** How runs end: with results, failures, cancels, and stops. */
export const RUNS: readonly Behaviour[] = [
  {
    title: 'R17 keeps runs of one trace id apart',
    async holds(open) {
      const b = node('B', (n) => (n as number) * 10);
      const opened = await open(line(pass('A'), b), { elsewhere: [b] });
      const answers = [1, 2, 3].map((n) => opened.port.call(n, { traceId: 'same' }));
      expect(await opened.now(Promise.all(answers))).to.deep.equal([10, 20, 30]);
    },
  },
  {
    title: 'R14 tells results and failures of emits to who reads `results()`',
    async holds(open) {
      const b = node('B', (n) => {
        if (n === 2) throw new Error('no');
        return n;
      });
      const opened = await open(line(pass('A'), b), { elsewhere: [b] });
      const results = opened.port.results();
      for (const n of [1, 2, 3]) {
        await opened.now(opened.port.emit(n, { traceId: `t${n}` }));
        const came = await nextOf(opened, results);
        expect([came?.traceId, came?.value, came?.error?.code]).to.deep.equal([
          `t${n}`,
          n === 2 ? undefined : n,
          n === 2 ? 'NODE_EXCEPTION' : undefined,
        ]);
      }
      await results.return?.();
    },
  },
  {
    title: 'R14 R14b ends the rest of a call when a message of it fails',
    async holds(open) {
      const { node: slow, calls } = held('B');
      const broken = node('C', async (_, ctx) => {
        await ctx.sleep(1);
        throw new Error('no');
      });
      // What goes to another process leaves when all is over that the message led to in its own: so both are there.
      const opened = await open(rows([[pass('A'), [slow, broken]]]), { elsewhere: [slow, broken] });
      const failure = failureOf(opened.port.call('x'));
      await opened.pass(1_000);
      expect((await opened.now(failure)).nodeName).to.equal('C');
      expect(calls.map(({ ctx }) => ctx.signal.aborted)).to.deep.equal([true]);
    },
  },
  {
    title: "R14b lets the rest go on with `afterFailure: 'continue'`, and gathers with `settle`",
    async holds(open) {
      const [good, broken] = [pass('B'), failing('C')];
      const graph = rows([[pass('A'), [good, broken]]]);
      const opened = await open(graph, { elsewhere: [good], flow: { afterFailure: 'continue' } });
      const { results, failures } = await opened.now(opened.port.collect('x', { settle: true }));
      expect([results, failures.map(({ nodeName }) => nodeName)]).to.deep.equal([['x'], ['C']]);
      expect(opened.attempts('node_success')).to.include('B 0');
    },
  },
  {
    title: 'R16 cancels what is under way of a trace and tenant, and nothing else',
    async holds(open) {
      const { node: slow, calls } = held('B', { concurrency: 8 });
      const opened = await open(line(pass('A'), slow), { elsewhere: [slow] });
      const call = (tenant: string): Promise<unknown> => opened.port.call(tenant, { traceId: 't', tenant });
      const [one, other] = [failureOf(call('acme')), call('other')];
      await opened.turn();
      await opened.now(Promise.resolve(opened.port.cancel('t', { tenant: 'acme' })));
      expect((await opened.now(one)).code).to.equal('TRACE_CANCELLED');
      await opened.turn();
      const aborted = calls.map(({ ctx }) => [ctx.tenant, ctx.signal.aborted]);
      expect(aborted).to.have.deep.members([
        ['acme', true],
        ['other', false],
      ]);
      calls.find(({ payload }) => payload === 'other')?.resolve('done');
      expect(await opened.now(other)).to.equal('done');
    },
  },
  {
    title: 'R6 R16 ends a call with its signal, and the work with it',
    async holds(open) {
      const { node: slow, calls } = held('B');
      const opened = await open(line(pass('A'), slow), { elsewhere: [slow] });
      const controller = new AbortController();
      const failure = failureOf(opened.port.call('x', { signal: controller.signal }));
      await opened.turn();
      controller.abort(new Error('enough'));
      const error = await opened.now(failure);
      expect([error.code, (error.cause as Error).message]).to.deep.equal(['ABORTED', 'enough']);
      await opened.turn();
      expect(calls.map(({ ctx }) => ctx.signal.aborted)).to.deep.equal([true]);
      expect(await codeOf(opened.port.call('x', { signal: controller.signal }))).to.equal('ABORTED');
    },
  },
  {
    title: 'R4 R6 has emits wait while there is no room, in their order, until their time is up',
    async holds(open) {
      const { node: slow, calls } = held('A');
      const opened = await open(line(slow), { flow: { queueMaxsize: 1 }, narrow: [slow] });
      const results = opened.port.results();
      const emits = Array.from({ length: 6 }, (_, n) => opened.port.emit(n, n === 4 ? { timeoutS: 5 } : {}));
      for (const emit of emits) emit.catch(() => undefined);
      await opened.turn();
      expect(await isPending(emits[5] as Promise<unknown>)).to.equal(true);
      expect(await isPending(emits[0] as Promise<unknown>)).to.equal(false);
      await opened.pass(5_000);
      expect((await opened.now(failureOf(emits[4] as Promise<unknown>))).code).to.equal('DEADLINE_EXCEEDED');
      const came: unknown[] = [];
      for (let n = 0; n < 5; n++) {
        await opened.turn();
        calls[n]?.resolve(calls[n]?.payload);
        let next = await nextOf(opened, results);
        // In the process the failure of one that nobody awaits any more is told as well.
        if (next?.error !== undefined) next = await nextOf(opened, results);
        came.push(next?.value);
      }
      expect(came).to.deep.equal([0, 1, 2, 3, 5]);
      await results.return?.();
    },
  },
  {
    title: 'R18 streams chunks and yielded values in their order, then the final value',
    async holds(open) {
      const talk = node('B', async (payload, ctx) => {
        await ctx.emitChunk('one ');
        await ctx.emitChunk('two', { done: true });
        return payload;
      });
      const opened = await open(line(pass('A'), talk), { elsewhere: [talk] });
      const stream = opened.port.stream('x', { traceId: 't' });
      const pieces: unknown[] = [];
      let step = await opened.now(stream.next());
      for (; step.done !== true; step = await opened.now(stream.next())) {
        const { value } = step;
        pieces.push(StreamChunk.is(value) ? [value.seq, value.text, value.done] : value);
      }
      expect(pieces).to.deep.equal([
        [0, 'one ', false],
        [1, 'two', true],
      ]);
      expect([step.value, await stream.result, stream.traceId]).to.deep.equal(['x', 'x', 't']);
    },
  },
  {
    title: 'R18 cancels a run whose stream is left',
    async holds(open) {
      let signal: AbortSignal | undefined;
      const endless = node('A', async (_, ctx) => {
        ({ signal } = ctx);
        for (;;) await ctx.emitChunk('.');
      });
      const opened = await open(line(endless), { flow: { queueMaxsize: 2 } });
      const stream = opened.port.stream('x');
      await opened.now(stream.next());
      await opened.now(stream.return());
      await opened.turn();
      expect([signal?.aborted, (signal?.reason as FlowError | undefined)?.code]).to.deep.equal([
        true,
        'TRACE_CANCELLED',
      ]);
    },
  },
  {
    title: 'R18 fails the stream of a run that fails, after the pieces before',
    async holds(open) {
      const talk = node('B', async (_, ctx) => {
        await ctx.emitChunk('one');
        throw new Error('no');
      });
      const opened = await open(line(pass('A'), talk), { elsewhere: [talk] });
      const stream = opened.port.stream('x');
      expect(((await opened.now(stream.next())).value as StreamChunk).text).to.equal('one');
      expect((await opened.now(failureOf(stream.next()))).code).to.equal('NODE_EXCEPTION');
    },
  },
  {
    title: 'R31 tells the beginning and the end of a run once, and of each attempt',
    async holds(open) {
      const b = failing('B', { times: 1, maxRetries: 1, backoffBaseS: 0 });
      const opened = await open(line(pass('A'), b), { elsewhere: [b] });
      await opened.now(opened.port.call('x', { traceId: 't' }));
      await opened.turn();
      const of = (type: string): number => opened.events.filter(({ eventType }) => eventType === type).length;
      expect(['trace_start', 'trace_end'].map(of)).to.deep.equal([1, 1]);
      const end = opened.events.find(({ eventType }) => eventType === 'trace_end');
      expect(end?.extra).to.deep.include({ kind: 'call', status: 'succeeded', results: 1 });
      expect(end?.traceId).to.equal('t');
      const told = [opened.attempts('node_success'), opened.attempts('node_retry'), opened.attempts('node_error')];
      expect(told).to.deep.equal([['A 0', 'B 1'], ['B 1'], ['B 0']]);
    },
  },
  {
    title: 'R8 refuses what comes after its stop, and rejects what waits',
    async holds(open) {
      const { node: slow } = held('A');
      const opened = await open(line(slow));
      const failure = failureOf(opened.port.call('x'));
      await opened.turn();
      const stopping = opened.port.stop({ graceS: 0 });
      expect(opened.port.health().ready).to.equal(false);
      expect(await codeOf(opened.port.call('y'))).to.equal('FLOW_STOPPED');
      await opened.pass(5_000);
      expect((await opened.now(failure)).code).to.equal('FLOW_STOPPED');
      await opened.now(stopping);
      expect(opened.port.state).to.equal('stopped');
    },
  },
];
