import { expect } from 'chai';
import { Flow, type FlowEvent, type NodeClass, type NodeContext } from '#src/index.js';
import { record, useFlows, type TestFlow } from '../support/flows.js';
import { failing, held, line, node, pass } from '../support/nodes.js';
import { codeOf, settle } from '../support/settling.js';

/** Which tenant the events of each place bear; `mixed` where they differ. */
function tenantsOf(events: readonly FlowEvent[]): Record<string, string> {
  const tenants: Record<string, string> = {};
  for (const { eventType, nodeName, tenant } of events) {
    const place = `${nodeName}:${eventType}`;
    tenants[place] = tenants[place] === undefined || tenants[place] === tenant ? `${tenant}` : 'mixed';
  }
  return tenants;
}

describe('the tenant of an event', () => {
  const bench = useFlows();

  /** Returns its payload as a message of another tenant than that of the run. */
  const Turn = node('Turn', (payload, ctx) => ctx.message.with({ payload, headers: { tenant: 'other' } }));

  const turned = { 'Turn:node_start': 'acme', 'Turn:node_success': 'acme' };

  async function runWith(next: NodeClass, options = {}): Promise<[TestFlow, FlowEvent[]]> {
    const flow = await bench.run(line(Turn, next), options);
    return [flow, record(flow)];
  }

  it('R17 is that of the message, with `ctx.tenant` and the lines of `ctx.logger`', async () => {
    let seen: string | undefined;
    const says = node('B', (payload, ctx) => {
      seen = ctx.tenant;
      ctx.logger.info('said');
      return payload;
    });
    const [flow, events] = await runWith(says);
    await flow.call(1, { tenant: 'acme' });
    expect(tenantsOf(events)).to.deep.equal({ ...turned, 'B:node_start': 'other', 'B:node_success': 'other' });
    expect(seen).to.equal('other');
    expect(bench.log.lines.map(({ message, reserved }) => [message, reserved['tenant']])).to.deep.equal([
      ['said', 'other'],
    ]);
    const payload = events.find(({ nodeName }) => nodeName === 'B');
    expect(payload?.toPayload()).to.include({ tenant: 'other' });
    expect(payload?.tagValues()).to.include({ tenant: 'other' });
  });

  it('R17 is that of an emitted message, and of each branch its own', async () => {
    const splits = node('Split', async (payload, ctx) => {
      await ctx.emit(ctx.message.with({ payload, headers: { tenant: 'one' } }));
      await ctx.emit(ctx.message.with({ payload, headers: { tenant: 'two' } }));
    });
    const flow = await bench.run(line(splits, pass('B')));
    const events = record(flow);
    await flow.emit(1, { tenant: 'acme' });
    await settle();
    const ofB = events.filter(({ nodeName }) => nodeName === 'B').map(({ tenant }) => tenant);
    expect(ofB).to.deep.equal(['one', 'one', 'two', 'two']);
  });

  it('R17 is that of the message through errors and retries, and in the line of a failure that nobody heard', async () => {
    const [flow, events] = await runWith(failing('B', { maxRetries: 1, backoffBaseS: 0 }));
    expect(await codeOf(flow.call(1, { tenant: 'acme' }))).to.equal('NODE_EXCEPTION');
    expect(tenantsOf(events)).to.deep.equal({
      ...turned,
      'B:node_start': 'other',
      'B:node_error': 'other',
      'B:node_retry': 'other',
      'B:node_failed': 'other',
    });

    const deaf = await bench.run(line(Turn, failing('B')));
    await deaf.emit(1, { tenant: 'acme', traceId: 't' });
    await settle();
    expect(bench.log.lines.map(({ reserved }) => [reserved['trace_id'], reserved['tenant']])).to.deep.equal([
      ['t', 'other'],
    ]);
    // The failure is the run's: it goes by the label of the run.
    expect(await codeOf(deaf.fetch({ traceId: 't', tenant: 'acme' }))).to.equal('NODE_EXCEPTION');
  });

  it('R17 is that of the message in node_timeout', async () => {
    const [flow, events] = await runWith(held('B', { timeoutS: 1 }).node);
    const code = codeOf(flow.call(1, { tenant: 'acme' }));
    await bench.clock.advance(1_000);
    expect(await code).to.equal('NODE_TIMEOUT');
    expect(tenantsOf(events)).to.include({ 'B:node_timeout': 'other', 'B:node_failed': 'other' });
  });

  it('R17 is that of the message in deadline_skip, when a node takes it and when it waits', async () => {
    const late = node('Turn', (payload, ctx) =>
      ctx.message.with({ payload, headers: { tenant: 'other' }, deadlineS: bench.clock.now() / 1000 - 1 }),
    );
    const flow = await bench.run(line(late, pass('B')));
    const events = record(flow);
    expect(await codeOf(flow.call(1, { tenant: 'acme' }))).to.equal('DEADLINE_EXCEEDED');
    expect(tenantsOf(events)).to.include({ 'B:deadline_skip': 'other' });

    const soon = node('Turn', (payload, ctx) =>
      ctx.message.with({ payload, headers: { tenant: 'other' }, deadlineS: bench.clock.now() / 1000 + 1 }),
    );
    const { node: busy } = held('B');
    const waiting = await bench.run(line(soon, busy));
    await waiting.emit(1, { tenant: 'acme' });
    await waiting.emit(2, { tenant: 'acme' });
    await settle();
    const skips: FlowEvent[] = [];
    waiting.on('deadline_skip', (event) => void skips.push(event));
    await bench.clock.advance(1_000);
    expect(tenantsOf(skips)).to.deep.equal({ 'B:deadline_skip': 'other' });
    const logged = bench.log.lines.map(({ reserved }) => reserved['tenant']);
    expect(logged).to.deep.equal(['other', 'other']);
  });

  it('R17 is that of the run in trace_cancel_*, and that of the message in node_trace_cancelled', async () => {
    const [flow, events] = await runWith(held('B').node, { queueMaxsize: 1 });
    for (const n of [1, 2, 3]) void flow.emit(n, { tenant: 'acme', traceId: 't', join: true }).catch(() => {});
    await settle();
    expect(flow.cancel('t', { tenant: 'acme' })).to.equal(true);
    expect(tenantsOf(events)).to.include({
      'OpenSea:trace_cancel_start': 'acme',
      'B:node_trace_cancelled': 'other',
      'B:trace_cancel_drop': 'acme',
      'Rookery:trace_cancel_finish': 'acme',
    });
  });

  it('R17 is that of the message in node_cancelled', async () => {
    const [flow, events] = await runWith(held('B').node);
    await flow.emit(1, { tenant: 'acme' });
    await settle();
    const stopping = flow.stop({ graceS: 1 });
    await bench.clock.advance(1_000);
    await stopping;
    expect(tenantsOf(events)).to.include({ 'B:node_cancelled': 'other' });
  });

  describe('of a playbook', () => {
    let books = 0;

    async function eventsOfBook(call: (ctx: NodeContext, book: never) => Promise<unknown>): Promise<FlowEvent[]> {
      const graph = line(pass('Inner'));
      class Book {
        readonly graph = graph;
      }
      Flow({ name: `book-of-tenants-${++books}` })(Book);
      const [flow, events] = await runWith(node('B', (_, ctx) => call(ctx, Book as never)));
      await flow.call(1, { tenant: 'acme' });
      return events.filter(({ flowName }) => flowName !== flow.name);
    }

    it('R17 is that of the message whose node called it, or of the message it was called with', async () => {
      const plain = await eventsOfBook((ctx, book) => ctx.call(book, 1 as never));
      expect(tenantsOf(plain)).to.deep.equal({ 'Inner:node_start': 'other', 'Inner:node_success': 'other' });
      const message = await eventsOfBook((ctx, book) =>
        ctx.call(book, ctx.message.with({ payload: 1, headers: { tenant: 'third' } }) as never),
      );
      expect(tenantsOf(message)).to.deep.equal({ 'Inner:node_start': 'third', 'Inner:node_success': 'third' });
    });

    it('R17 is that of its run in trace_cancel_*', async () => {
      const { node: inner } = held('Inner');
      const graph = line(inner);
      class Book {
        readonly graph = graph;
      }
      Flow({ name: `book-of-tenants-${++books}` })(Book);
      const [flow, events] = await runWith(node('B', (payload, ctx) => ctx.call(Book as never, payload as never)));
      const code = codeOf(flow.call(1, { tenant: 'acme', traceId: 't' }));
      await settle();
      flow.cancel('t', { tenant: 'acme' });
      expect(await code).to.equal('TRACE_CANCELLED');
      await settle();
      const ofBook = events.filter(({ flowName }) => flowName !== flow.name);
      expect(tenantsOf(ofBook)).to.include({
        'OpenSea:trace_cancel_start': 'other',
        'Inner:node_trace_cancelled': 'other',
      });
    });
  });
});
