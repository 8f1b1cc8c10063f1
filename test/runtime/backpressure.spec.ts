import { expect } from 'chai';
import { record, shortForm, useFlows } from '../support/flows.js';
import { held, line, node, pass, rows } from '../support/nodes.js';
import { codeOf, isPending, settle } from '../support/settling.js';

describe('order and backpressure', () => {
  const bench = useFlows();

  it('R4 messages of one edge are handled in the order in which they were sent', async () => {
    const seen: unknown[] = [];
    const flow = await bench.run(
      line(
        pass('A'),
        node('B', async (n: unknown) => n),
        node('C', (n: unknown) => void seen.push(n)),
      ),
      { queueMaxsize: 2 },
    );
    const sent = Array.from({ length: 50 }, (_, n) => n);
    await Promise.all(sent.map((n) => flow.emit(n)));
    await settle();
    expect(seen).to.deep.equal(sent);
  });

  it('R4 a floe holds 64 messages unless the flow says otherwise', async () => {
    const flow = await bench.run(line(held('A').node));
    // One more, because the node holds one.
    for (let sent = 0; sent < 65; sent++) expect(flow.tryEmit(sent)).to.equal(true);
    expect(flow.tryEmit('too many')).to.equal(false);
    expect(flow.snapshot().nodes[0]).to.include({ queued: 64, inFlight: 1 });
  });

  for (const queueMaxsize of [0, -1]) {
    it(`R4 queueMaxsize ${queueMaxsize} means unbounded`, async () => {
      const flow = await bench.run(line(held('A').node), { queueMaxsize });
      for (let sent = 0; sent < 1_000; sent++) expect(flow.tryEmit(sent)).to.equal(true);
      expect(flow.snapshot().nodes[0]?.queued).to.equal(999);
    });
  }

  it('R4 an emit waits while the floe is full, in line with the others', async () => {
    const node = held('A');
    const flow = await bench.run(line(node.node), { queueMaxsize: 1 });
    await flow.emit(1);
    await flow.emit(2);
    const third = flow.emit(3);
    const fourth = flow.emit(4);
    expect(await isPending(third)).to.equal(true);
    node.calls[0]?.resolve();
    expect(await isPending(third)).to.equal(false);
    expect(await isPending(fourth)).to.equal(true);
    node.calls[1]?.resolve();
    await fourth;
    node.calls[2]?.resolve();
    await settle();
    expect(node.calls.map(({ payload }) => payload)).to.deep.equal([1, 2, 3, 4]);
  });

  it('R4 tryEmit never overtakes an emit that waits', async () => {
    const { node, calls } = held('A');
    const flow = await bench.run(line(node), { queueMaxsize: 1 });
    await flow.emit(1);
    await flow.emit(2);
    const waiting = flow.emit(3);
    expect(flow.tryEmit(4)).to.equal(false);
    calls[0]?.resolve();
    await waiting;
    expect(flow.tryEmit(4)).to.equal(false);
    expect(flow.snapshot().nodes[0]).to.include({ queued: 1, inFlight: 1 });
  });

  it('R4 a refused tryEmit leaves nothing behind', async () => {
    const flow = await bench.run(line(held('A').node), { queueMaxsize: 1 });
    await flow.emit(1);
    await flow.emit(2);
    expect(flow.tryEmit(3, { traceId: 't' })).to.equal(false);
    expect(flow.snapshot().traces).to.equal(2);
    expect(flow.cancel('t')).to.equal(false);
  });

  it('R4 a result that finds no room waits on its node, and the node takes no other message meanwhile', async () => {
    const next = held('B');
    let ran = 0;
    const flow = await bench.run(
      line(
        node('A', () => ++ran),
        next.node,
      ),
      { queueMaxsize: 1 },
    );
    for (let sent = 0; sent < 4; sent++) await flow.emit(sent);
    await settle();
    expect(ran).to.equal(3);
    next.calls[0]?.resolve();
    await settle();
    expect(ran).to.equal(4);
  });

  it('R4 results nobody fetches bring the flow to a halt and are all there later', async () => {
    const flow = await bench.run(line(pass('A')), { queueMaxsize: 2 });
    const sent = Array.from({ length: 12 }, (_, n) => n);
    const emits = sent.map((n) => flow.emit(n));
    await settle();
    expect(await isPending(Promise.all(emits))).to.equal(true);
    const got: unknown[] = [];
    for (const _ of sent) got.push(await flow.fetch());
    expect(got).to.deep.equal(sent);
    await Promise.all(emits);
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R4 a result that waits for room at the egress is delivered once when its trace is asked for', async () => {
    const flow = await bench.run(line(pass('A')), { queueMaxsize: 1 });
    await flow.emit('stored', { traceId: 's' });
    await flow.emit('parked', { traceId: 'p' });
    expect(await flow.fetch({ traceId: 'p' })).to.equal('parked');
    expect(await flow.fetch()).to.equal('stored');
    expect(flow.snapshot()).to.include({ traces: 0, results: 0 });
    expect(flow.cancel('p')).to.equal(false);
  });

  it('R4 a fan-out waits until every successor has room, and each gets the message once', async () => {
    const [left, right] = [held('Left'), held('Right')];
    const flow = await bench.run(
      rows([
        [pass('A'), [left.node, right.node]],
        [left.node, []],
        [right.node, []],
      ]),
      {
        queueMaxsize: 1,
      },
    );
    const emits = [1, 2, 3, 4, 5].map((n) => flow.emit(n));
    for (let n = 0; n < 5; n++) {
      await settle();
      right.calls[n]?.resolve();
      await settle();
      left.calls[n]?.resolve();
    }
    await settle();
    await Promise.all(emits);
    expect(left.calls.map(({ payload }) => payload)).to.deep.equal([1, 2, 3, 4, 5]);
    expect(right.calls.map(({ payload }) => payload)).to.deep.equal([1, 2, 3, 4, 5]);
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R4 messages that go round a loop do not block the flow when more come in than a floe holds', async () => {
    class Again {
      constructor(readonly left: number) {}
    }
    const loop = node('Loop', async (again: Again) => (again.left === 0 ? 'done' : new Again(again.left - 1)));
    const flow = await bench.run(rows([[loop, [{ to: loop, on: Again, back: true }]]], [loop]), { queueMaxsize: 2 });
    const calls = Array.from({ length: 20 }, () => flow.call(new Again(5)));
    for (let turn = 0; turn < 20; turn++) await settle();
    expect(await isPending(Promise.all(calls))).to.equal(false);
  });

  it('R4 a cycle of two nodes does not block when more comes in than its floes hold', async () => {
    class Again {
      constructor(readonly left: number) {}
    }
    const there = node('There', async (again: Again) => again);
    const back = node('Back', async (again: Again) => (again.left === 0 ? 'done' : new Again(again.left - 1)));
    const out = pass('Out');
    const flow = await bench.run(
      rows(
        [
          [there, [back]],
          [
            back,
            [
              { to: there, on: Again, back: true },
              { to: out, otherwise: true },
            ],
          ],
        ],
        [there],
      ),
      { queueMaxsize: 2 },
    );
    const calls = Array.from({ length: 20 }, () => flow.call(new Again(3)));
    for (let turn = 0; turn < 20; turn++) await settle();
    expect(await isPending(Promise.all(calls))).to.equal(false);
  });

  it('R4 a cycle does not block when messages join it half way', async () => {
    class Again {
      constructor(readonly left: number) {}
    }
    const [there, joins, out] = [node('There', async (again: Again) => again), pass('Joins'), pass('Out')];
    const back = node('Back', async (again: Again) => (again.left === 0 ? 'done' : new Again(again.left - 1)));
    const flow = await bench.run(
      rows(
        [
          [there, [back]],
          [joins, [back]],
          [
            back,
            [
              { to: there, on: Again, back: true },
              { to: out, otherwise: true },
            ],
          ],
        ],
        [there, joins],
      ),
      { queueMaxsize: 1 },
    );
    const calls = Array.from({ length: 20 }, (_, n) => flow.call(new Again(3), { to: n % 2 === 0 ? there : joins }));
    for (let turn = 0; turn < 20; turn++) await settle();
    expect(await isPending(Promise.all(calls))).to.equal(false);
  });

  it('R4 no upstream node starves another', async () => {
    const seen: unknown[] = [];
    const [left, right, gate] = [pass('Left'), pass('Right'), held('Gate')];
    const flow = await bench.run(
      rows([
        [left, [gate.node]],
        [right, [gate.node]],
        [gate.node, []],
      ]),
      {
        queueMaxsize: 3,
      },
    );
    await flow.emit('first', { to: left });
    for (let n = 0; n < 3; n++) await flow.emit('left', { to: left });
    for (let n = 0; n < 3; n++) await flow.emit('right', { to: right });
    for (let n = 0; n < 7; n++) {
      await settle();
      seen.push(gate.calls[n]?.payload);
      gate.calls[n]?.resolve();
    }
    expect(seen).to.deep.equal(['first', 'right', 'left', 'right', 'left', 'right', 'left']);
  });

  describe('R6 a wait for room', () => {
    it('R6 at the ingress ends at once when the trace is cancelled', async () => {
      const flow = await bench.run(line(held('A').node), { queueMaxsize: 1 });
      await flow.emit(1);
      await flow.emit(2);
      const waiting = flow.emit(3, { traceId: 't' });
      flow.cancel('t');
      expect(await codeOf(waiting)).to.equal('TRACE_CANCELLED');
      expect(flow.snapshot().nodes[0]?.waitingForRoom).to.equal(0);
    });

    it('R6 at the ingress ends at once when the deadline passes', async () => {
      const flow = await bench.run(line(held('A').node), { queueMaxsize: 1 });
      await flow.emit(1);
      await flow.emit(2);
      const waiting = flow.emit(3, { timeoutS: 2 });
      await bench.clock.advance(1_999);
      expect(await isPending(waiting)).to.equal(true);
      const code = codeOf(waiting);
      await bench.clock.advance(1);
      expect(await code).to.equal('DEADLINE_EXCEEDED');
      expect(flow.snapshot()).to.include({ traces: 2 });
    });

    it('R6 at the ingress ends at once when the flow stops', async () => {
      const flow = await bench.run(line(held('A').node), { queueMaxsize: 1 });
      await flow.emit(1);
      await flow.emit(2);
      const code = codeOf(flow.emit(3));
      void flow.stop({ graceS: 0 });
      await bench.clock.advance(0);
      expect(await code).to.equal('FLOW_STOPPED');
    });

    it('R6 at the ingress ends at once when the signal aborts', async () => {
      const flow = await bench.run(line(held('A').node), { queueMaxsize: 1 });
      await flow.emit(1);
      await flow.emit(2);
      const controller = new AbortController();
      const waiting = flow.emit(3, { signal: controller.signal, traceId: 't' });
      controller.abort();
      expect(await codeOf(waiting)).to.equal('ABORTED');
      expect(flow.cancel('t')).to.equal(false);
    });

    /** A node whose `ctx.emit` waits, because the one after it is full. */
    async function blockedEmit(options?: object) {
      const reasons: unknown[] = [];
      const next = held('B');
      const flow = await bench.run(
        line(
          node('A', async (_: unknown, ctx) => {
            try {
              for (;;) await ctx.emit(1);
            } catch (error) {
              reasons.push((error as { code: unknown }).code);
            }
          }),
          next.node,
        ),
        { queueMaxsize: 1 },
      );
      const traceId = await flow.emit(1, options);
      await settle();
      return { flow, traceId, reasons, next };
    }

    it('R6 in a node ends at once when the trace is cancelled', async () => {
      const { flow, traceId, reasons } = await blockedEmit();
      flow.cancel(traceId);
      await settle();
      expect(reasons).to.have.length(1);
      expect(reasons[0]).to.be.oneOf(['ATTEMPT_ENDED', 'TRACE_CANCELLED']);
      expect(flow.snapshot()).to.include({ traces: 0 });
    });

    it('R6 in a node ends at once when the deadline passes', async () => {
      const { flow, reasons } = await blockedEmit({ timeoutS: 1 });
      await bench.clock.advance(1_000);
      expect(reasons).to.have.length(1);
      expect(reasons[0]).to.be.oneOf(['ATTEMPT_ENDED', 'DEADLINE_EXCEEDED']);
      expect(flow.snapshot()).to.include({ traces: 0 });
    });

    it('R6 in a node ends at once when the flow stops', async () => {
      const { flow, reasons } = await blockedEmit();
      void flow.stop({ graceS: 0 });
      await bench.clock.advance(0);
      expect(reasons).to.have.length(1);
      expect(reasons[0]).to.be.oneOf(['ATTEMPT_ENDED', 'FLOW_STOPPED']);
    });

    it('R6 of a result ends at once when its trace is cancelled, and the node goes on', async () => {
      const next = held('B');
      const flow = await bench.run(line(pass('A'), next.node), { queueMaxsize: 1 });
      for (const traceId of ['a', 'b', 'c', 'd']) await flow.emit(traceId, { traceId });
      const events = record(flow);
      flow.cancel('c');
      expect(shortForm(events)).to.deep.equal([
        'OpenSea:trace_cancel_start',
        'B:trace_cancel_drop',
        'Rookery:trace_cancel_finish',
        'A:node_start',
        'A:node_success',
      ]);
      next.calls[0]?.resolve();
      await settle();
      next.calls[1]?.resolve();
      await settle();
      expect(next.calls.map(({ payload }) => payload)).to.deep.equal(['a', 'b', 'd']);
    });

    it('R6 of a result at the egress ends when its trace is cancelled', async () => {
      const flow = await bench.run(line(pass('A')), { queueMaxsize: 1 });
      await flow.emit('stored');
      await flow.emit('parked', { traceId: 'p' });
      await flow.emit('queued');
      expect(flow.cancel('p')).to.equal(true);
      expect([await flow.fetch(), await flow.fetch()]).to.deep.equal(['stored', 'queued']);
    });
  });

  describe('R6 a wait for a result', () => {
    it('R6 ends when the trace is cancelled', async () => {
      const flow = await bench.run(line(held('A').node));
      const traceId = await flow.emit(1);
      const code = codeOf(flow.fetch({ traceId }));
      flow.cancel(traceId);
      expect(await code).to.equal('TRACE_CANCELLED');
    });

    it('R6 ends when the deadline of the trace passes', async () => {
      const flow = await bench.run(line(held('A').node));
      const traceId = await flow.emit(1, { timeoutS: 1 });
      const code = codeOf(flow.fetch({ traceId }));
      await bench.clock.advance(1_000);
      expect(await code).to.equal('DEADLINE_EXCEEDED');
    });

    it('R6 ends when the flow stops, whoever waits', async () => {
      const flow = await bench.run(line(held('A').node));
      const traceId = await flow.emit(1);
      const codes = Promise.all([
        codeOf(flow.fetch()),
        codeOf(flow.fetch({ traceId })),
        codeOf(flow.fetch({ traceId: 'not yet' })),
        codeOf(flow.call(2)),
      ]);
      const reading = flow.results().next();
      void flow.stop({ graceS: 0 });
      await bench.clock.advance(0);
      expect(await codes).to.deep.equal(['FLOW_STOPPED', 'FLOW_STOPPED', 'FLOW_STOPPED', 'FLOW_STOPPED']);
      expect((await reading).done).to.equal(true);
    });

    it('R6 ends after its own timeout and leaves the result to the next', async () => {
      const { node, calls } = held('A');
      const flow = await bench.run(line(node));
      const traceId = await flow.emit(1);
      const code = codeOf(flow.fetch({ traceId, timeoutS: 0.5 }));
      await bench.clock.advance(500);
      expect(await code).to.equal('FETCH_TIMEOUT');
      calls[0]?.resolve('late');
      await settle();
      expect(await flow.fetch({ traceId })).to.equal('late');
      expect(bench.clock.pending).to.equal(0);
    });

    it('R6 ends when its signal aborts, before or while it waits', async () => {
      const flow = await bench.run(line(held('A').node));
      const controller = new AbortController();
      const code = codeOf(flow.fetch({ signal: controller.signal }));
      controller.abort('enough');
      expect(await code).to.equal('ABORTED');
      expect(await codeOf(flow.fetch({ signal: controller.signal }))).to.equal('ABORTED');
    });
  });
});
