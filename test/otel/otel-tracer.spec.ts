import { expect } from 'chai';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import {
  configureLogging,
  createFlow,
  Flow,
  FlowLogger,
  getLogger,
  Node,
  shutdownLogging,
  start,
  TRACER,
  type FlowError,
  type FlowEvent,
  type FlowNode,
  type LogFields,
  type NodeContext,
  type PenguiFlow,
} from '#src/index.js';
import { OtelTracer, otelTracing, SPAN_ATTRIBUTES, traceHeaders, traceMeta } from '#src/otel/index.js';
import { LineCatcher } from '../support/line-catcher.js';
import { thrownBy } from '../support/thrown-by.js';
import { OtelBench } from './support/otel-bench.js';
import type { ReceivedSpan } from './support/otlp-receiver.js';

/** What the nodes below do with a payload, by what it says. */
type Order = string;

@Node()
class Price implements FlowNode<Order, Order> {
  async process(order: Order): Promise<Order> {
    await Promise.resolve();
    return order;
  }
}
@Node()
class Charge implements FlowNode<Order, string> {
  process(order: Order): string {
    return `charged ${order}`;
  }
}
@Node()
class Audit implements FlowNode<Order, string> {
  process(order: Order): string {
    return `audited ${order}`;
  }
}
/** Takes two, sends one. */
@Node()
class Both implements FlowNode<string, string[]> {
  readonly #seen = new Map<string, string[]>();
  process(text: string, ctx: NodeContext): string[] | undefined {
    const seen = [...(this.#seen.get(ctx.traceId) ?? []), text];
    this.#seen.set(ctx.traceId, seen);
    return seen.length === 2 ? seen : undefined;
  }
}
@Flow()
class Fan {
  readonly graph = start(Price).to(Charge, Audit).from(Charge).to(Both).from(Audit).to(Both);
}

class Declined extends Error {}

/** Fails as often as the payload says. */
@Node({ maxRetries: 2, backoffBaseS: 0, timeoutS: 0.05 })
class Shaky implements FlowNode<Order, Order> {
  process(order: Order, ctx: NodeContext): Order | Promise<Order> {
    if (order === 'always' || (order === 'twice' && ctx.attempt < 2)) throw new Declined(`no to ${order}, key=s3cret`);
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- code of users does
    if (order === 'nothing') return Promise.reject(undefined);
    if (order === 'hangs') return new Promise(() => {});
    return order;
  }
}
@Flow()
class Shop {
  readonly graph = start(Shaky);
}

/** Says when it works, and works until its signal aborts. */
@Node()
class Slow implements FlowNode<Order, Order> {
  static started: () => void = () => {};
  process(_order: Order, ctx: NodeContext): Promise<Order> {
    Slow.started();
    return new Promise((_, reject) => {
      ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason as Error));
    });
  }
}
@Flow()
class Waits {
  readonly graph = start(Slow);
}

@Node()
class Fetches implements FlowNode<string, string> {
  async process(url: string): Promise<string> {
    return `${traceHeaders()['traceparent']} ${await (await fetch(url)).text()}`;
  }
}
@Flow()
class Calls {
  readonly graph = start(Fetches);
}

/** Emits while it works, and again from a generator. */
@Node()
class Pieces implements FlowNode<string, string> {
  async *process(order: string, ctx: NodeContext): AsyncGenerator<string> {
    await ctx.emit(`${order} emitted`);
    trace.getTracer('user').startSpan('inside a generator').end();
    yield `${order} yielded`;
  }
}
@Node()
class Last implements FlowNode<string, string> {
  process(text: string): string {
    return text;
  }
}
@Flow()
class Stream {
  readonly graph = start(Pieces).to(Last);
}

/** Calls a playbook, which inherits the message's meta. */
@Node()
class Outer implements FlowNode<string, string> {
  async process(order: string, ctx: NodeContext): Promise<string> {
    return (await ctx.call(Fan, order)).join();
  }
}
@Flow()
class Nested {
  readonly graph = start(Outer);
}

@Node()
class Talk implements FlowNode<string, string> {
  readonly #log = getLogger('talk');
  async process(text: string, ctx: NodeContext): Promise<string> {
    ctx.logger.info('from ctx', { trace_id: 'forged', otel_span_id: 'forged' });
    await Promise.resolve();
    this.#log.info('from a logger');
    return text;
  }
}
@Flow()
class Talks {
  readonly graph = start(Talk);
}

const REMOTE = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };

describe('OtelTracer', () => {
  const bench = new OtelBench();
  let spans: readonly ReceivedSpan[] = [];

  before(() => bench.start());
  after(() => bench.stop());
  afterEach(() => {
    expect(bench.open, 'spans that never ended').to.deep.equal([]);
    expect(bench.receiver.refused).to.deep.equal([]);
    bench.receiver.spans.length = 0;
  });

  /** The span of that name, which there must be exactly one of. */
  function the(name: string, where: Readonly<Record<string, unknown>> = {}): ReceivedSpan {
    const found = spans.filter(
      (span) => span.name === name && Object.entries(where).every(([key, value]) => span.attributes[key] === value),
    );
    expect(found, `${name} among ${spans.map((span) => span.name).join()}`).to.have.length(1);
    return found[0]!;
  }

  async function fan(options?: Parameters<PenguiFlow<string>['call']>[1]): Promise<void> {
    const flow = createFlow(Fan, { providers: [otelTracing()] });
    await flow.run();
    await flow.call('a-1', { tenant: 'acme', ...options });
    await flow.stop();
    spans = await bench.received();
  }

  it('makes a span per trace and per attempt, each the child of the attempt that sent its message', async () => {
    await fan({ traceId: 'order-7' });
    const root = the('flow Fan');
    const price = the('node Price');
    const charge = the('node Charge');
    const audit = the('node Audit');
    expect(root.parentSpanId).to.equal(undefined);
    expect(price.parentSpanId).to.equal(root.spanId);
    expect(charge.parentSpanId).to.equal(price.spanId);
    expect(audit.parentSpanId).to.equal(price.spanId);
    const joins = spans.filter((span) => span.name === 'node Both');
    expect(joins.map((span) => span.parentSpanId)).to.have.members([charge.spanId, audit.spanId]);
    expect(new Set(spans.map((span) => span.traceId)).size).to.equal(1);
    // They arrive in the order in which they ended.
    expect(spans.at(-1)).to.equal(root);
  });

  it('links the attempt that sends a join to those that only took', async () => {
    await fan();
    const [first, second] = spans.filter((span) => span.name === 'node Both');
    expect(second!.links).to.deep.equal([
      { traceId: first!.traceId, spanId: first!.spanId, attributes: { 'penguiflow.link': 'join' } },
    ]);
    expect(first!.links).to.deep.equal([]);
  });

  it('names flow, node, trace, tenant, attempt, source and outcome on the spans', async () => {
    await fan({ traceId: 'order-8' });
    const { 'penguiflow.run.id': run, ...ofRun } = the('flow Fan').attributes;
    expect(run).to.be.a('number');
    expect(ofRun).to.deep.equal({
      'penguiflow.flow.name': 'Fan',
      'penguiflow.trace.id': 'order-8',
      'penguiflow.tenant': 'acme',
      'penguiflow.run.kind': 'call',
      'penguiflow.run.status': 'succeeded',
      'penguiflow.outcome': 'success',
    });
    const { 'penguiflow.node.id': nodeId, ...rest } = the('node Charge').attributes;
    expect(nodeId).to.be.a('string');
    expect(rest).to.deep.equal({
      'penguiflow.flow.name': 'Fan',
      'penguiflow.trace.id': 'order-8',
      'penguiflow.tenant': 'acme',
      'penguiflow.node.name': 'Charge',
      'penguiflow.attempt': 0,
      'penguiflow.message.source': 'Price',
      'penguiflow.outcome': 'success',
    });
    expect(the('flow Fan')).to.deep.include({ scope: 'penguiflow', status: { code: SpanStatusCode.UNSET } });
    const known = Object.values<string>(SPAN_ATTRIBUTES);
    for (const span of spans) expect(known).to.include.members(Object.keys(span.attributes));
  });

  it('continues the traceparent that a message brings, and takes only trace headers from a request', async () => {
    const meta = traceMeta({ ...REMOTE, cookie: 'secret', tracestate: 'v=1' });
    expect(meta).to.deep.equal({ ...REMOTE, tracestate: 'v=1' });
    await fan({ meta });
    expect(the('flow Fan')).to.deep.include({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
      links: [],
    });
    expect(the('node Price').traceId).to.equal('0af7651916cd43dd8448eb211c80319c');
  });

  it('starts afresh when the traceparent is malformed', async () => {
    await fan({ meta: { traceparent: '00-xyz', tracestate: 7 } });
    expect(the('flow Fan').parentSpanId).to.equal(undefined);
  });

  it('is a child of the span around emit, or has a link to it when the message brings a traceparent', async () => {
    const tracer = trace.getTracer('user');
    await tracer.startActiveSpan('request', async (span) => {
      await fan();
      span.end();
    });
    spans = await bench.received();
    expect(the('flow Fan').parentSpanId).to.equal(the('request').spanId);
    bench.receiver.spans.length = 0;
    await tracer.startActiveSpan('consume', async (span) => {
      await fan({ meta: REMOTE });
      span.end();
    });
    spans = await bench.received();
    expect(the('flow Fan').parentSpanId).to.equal('b7ad6b7169203331');
    expect(the('flow Fan').links[0]).to.deep.include({
      spanId: the('consume').spanId,
      attributes: { 'penguiflow.link': 'emit' },
    });
  });

  it('makes a playbook a child of the attempt, whatever the inherited meta says', async () => {
    const flow = createFlow(Nested, { providers: [otelTracing()] });
    await flow.run();
    await flow.call('a-1', { meta: REMOTE });
    await flow.stop();
    spans = await bench.received();
    expect(the('flow Nested').parentSpanId).to.equal('b7ad6b7169203331');
    expect(the('flow Fan').parentSpanId).to.equal(the('node Outer').spanId);
    expect(the('node Price').parentSpanId).to.equal(the('flow Fan').spanId);
  });

  it('lets auto-instrumented calls of a node become children of its attempt', async () => {
    const instrumentation = new UndiciInstrumentation();
    instrumentation.setTracerProvider(bench.provider);
    const seen: (string | string[] | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers['traceparent']);
      response.end('ok');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const flow = createFlow(Calls, { providers: [otelTracing()] });
    await flow.run();
    const answer = await flow.call(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await flow.stop();
    server.close();
    server.closeAllConnections();
    instrumentation.disable();
    spans = await bench.received();
    const attempt = the('node Fetches');
    const http = the('GET');
    expect(http.parentSpanId).to.equal(attempt.spanId);
    expect(seen).to.deep.equal([`00-${attempt.traceId}-${http.spanId}-01`]);
    expect(answer).to.equal(`00-${attempt.traceId}-${attempt.spanId}-01 ok`);
  });

  it('follows what a node emits while it works and what a generator yields', async () => {
    const flow = createFlow(Stream, { providers: [otelTracing()] });
    await flow.run();
    await flow.emit('x');
    await flow.fetch();
    await flow.fetch();
    await flow.stop();
    spans = await bench.received();
    const pieces = the('node Pieces');
    expect(spans.filter((span) => span.parentSpanId === pieces.spanId).map((span) => span.name)).to.have.members([
      'node Last',
      'node Last',
      'inside a generator',
    ]);
  });

  describe('when an attempt fails', () => {
    async function shop(order: Order, tracer = new OtelTracer()): Promise<FlowError | string> {
      const flow = createFlow(Shop, { providers: [{ token: TRACER, useValue: tracer }] });
      await flow.run();
      const outcome = await flow.call(order).catch((error: unknown) => error as FlowError);
      await flow.stop({ graceS: 0 });
      spans = await bench.received();
      return outcome;
    }
    const attempts = (): ReceivedSpan[] =>
      spans
        .filter((span) => span.name === 'node Shaky')
        .sort((a, b) => Number(a.attributes['penguiflow.attempt']) - Number(b.attributes['penguiflow.attempt']));

    it('retries are siblings, each with a link to the one before; a trace that made it is no error', async () => {
      expect(await shop('twice')).to.equal('twice');
      const [first, second, third] = attempts();
      expect(attempts().map((span) => span.parentSpanId)).to.deep.equal(Array(3).fill(the('flow Shop').spanId));
      expect(first!.links).to.deep.equal([]);
      expect(second!.links).to.deep.include({
        traceId: first!.traceId,
        spanId: first!.spanId,
        attributes: { 'penguiflow.link': 'retry' },
      });
      expect(third!.links.map((link) => link.spanId)).to.deep.equal([second!.spanId]);
      expect(attempts().map((span) => span.status.code)).to.deep.equal([2, 2, 0]);
      expect(the('flow Shop')).to.deep.include({ status: { code: 0 } });
    });

    it('the span says what was thrown, and the trace span how the trace ended', async () => {
      await shop('always');
      const last = attempts()[2]!;
      expect(last.status).to.deep.equal({ code: 2, message: 'no to always, key=s3cret' });
      expect(last.attributes).to.include({ 'error.type': 'Declined', 'penguiflow.outcome': 'error' });
      expect(last.events).to.have.length(1);
      expect(last.events[0]).to.have.property('name', 'exception');
      expect(last.events[0]!.attributes).to.include({
        'exception.type': 'Declined',
        'exception.message': 'no to always, key=s3cret',
      });
      expect(last.events[0]!.attributes['exception.stacktrace']).to.contain('otel-tracer.spec');
      const root = the('flow Shop');
      expect(root.attributes).to.include({ 'error.type': 'NODE_EXCEPTION', 'penguiflow.outcome': 'error' });
      expect(root.status.code).to.equal(2);
      expect(root.events).to.deep.equal([]);
    });

    it('a timeout ends the span of code that still runs', async () => {
      await shop('hangs');
      expect(attempts()).to.have.length(3);
      for (const span of attempts()) {
        expect(span.attributes).to.include({ 'error.type': 'NODE_TIMEOUT', 'penguiflow.outcome': 'timeout' });
        expect(span.status.code).to.equal(2);
      }
      expect(the('flow Shop').attributes).to.include({ 'penguiflow.outcome': 'timeout' });
    });

    it('throwing nothing is a failure, too', async () => {
      await shop('nothing');
      expect(attempts().map((span) => span.status.code)).to.deep.equal([2, 2, 2]);
    });

    it('redacts messages and stacks, and keeps the text back when redaction fails', async () => {
      await shop('always', new OtelTracer({ redact: (text) => text.replaceAll('s3cret', '***') }));
      expect(JSON.stringify(spans.map(({ status, events }) => [status, events]))).not.to.contain('s3cret');
      expect(attempts()[0]!.status.message).to.equal('no to always, key=***');
      bench.receiver.spans.length = 0;
      const broken = (): string => {
        throw new TypeError('broken');
      };
      await shop('always', new OtelTracer({ redact: broken }));
      expect(attempts()[0]!.status.message).to.equal('[redaction failed]');
    });

    it('leaves exceptions to the logs when the environment or the option says so', async () => {
      await shop('always', new OtelTracer({ exceptionEvents: false }));
      expect(attempts().flatMap((span) => span.events)).to.deep.equal([]);
      for (const [value, events] of [
        ['logs', 0],
        ['logs/dup', 3],
        ['', 3],
      ] as const) {
        bench.receiver.spans.length = 0;
        process.env['OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN'] = value;
        const tracer = new OtelTracer();
        delete process.env['OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN'];
        await shop('always', tracer);
        expect(attempts().flatMap((span) => span.events)).to.have.length(events);
      }
    });
  });

  describe('when the work is ended from outside', () => {
    async function waiting(end: (flow: PenguiFlow<Order, Order>, traceId: string) => unknown): Promise<void> {
      const flow = createFlow(Waits, { providers: [otelTracing()] });
      await flow.run();
      const started = new Promise<void>((resolve) => {
        Slow.started = resolve;
      });
      const traceId = await flow.emit('x', { timeoutS: 60 });
      await started;
      await end(flow, traceId);
      await flow.stop();
      spans = await bench.received();
    }

    it('a cancelled trace is no error', async () => {
      await waiting((flow, traceId) => flow.cancel(traceId));
      for (const name of ['flow Waits', 'node Slow']) {
        expect(the(name).attributes).to.include({ 'penguiflow.outcome': 'cancelled', 'error.type': 'TRACE_CANCELLED' });
        expect(the(name).status.code).to.equal(0);
      }
    });

    it('what a stop interrupts is one, because work was lost', async () => {
      await waiting((flow) => flow.stop());
      for (const name of ['flow Waits', 'node Slow']) {
        expect(the(name).attributes).to.include({ 'penguiflow.outcome': 'stopped', 'error.type': 'FLOW_STOPPED' });
        expect(the(name).status.code).to.equal(2);
      }
    });

    it('a deadline that passes says so', async () => {
      const flow = createFlow(Waits, { providers: [otelTracing()] });
      await flow.run();
      await flow.call('x', { timeoutS: 0.05 }).catch(() => {});
      await flow.stop();
      spans = await bench.received();
      expect(the('flow Waits').attributes).to.include({ 'penguiflow.outcome': 'deadline' });
      expect(the('node Slow').attributes).to.include({ 'error.type': 'DEADLINE_EXCEEDED' });
    });
  });

  it('R20 events carry the ids of the span beside our own, in the payload and not in the tags', async () => {
    const events: FlowEvent[] = [];
    const flow = createFlow(Shop, {
      providers: [otelTracing()],
      middlewares: [(event: FlowEvent) => void events.push(event)],
    });
    await flow.run();
    await flow.call('twice', { traceId: 'order-9' });
    await flow.stop();
    spans = await bench.received();
    const bySpan = new Map(spans.map((span) => [span.spanId, span]));
    expect(events.length).to.be.greaterThan(6);
    for (const event of events) {
      const payload = event.toPayload();
      expect(payload).to.include({ trace_id: 'order-9', otel_trace_id: the('flow Shop').traceId });
      expect(event.tagValues()).to.not.have.any.keys('otel_trace_id', 'otel_span_id');
      if (event.nodeName === null) continue;
      const attempt = event.eventType === 'node_retry' ? event.attempt - 1 : event.attempt;
      expect(bySpan.get(payload['otel_span_id'] as string)!.attributes['penguiflow.attempt']).to.equal(attempt);
    }
  });

  it('R26 lines of a node carry the ids of its span beside our own, which nobody can forge', async () => {
    const caught = new LineCatcher();
    configureLogging({ structured: true, format: 'otel', destination: caught });
    const flow = createFlow(Talks, { providers: [otelTracing()], middlewares: [FlowLogger] });
    await flow.run();
    await flow.call('hi', { traceId: 'order-10' });
    await flow.stop();
    await shutdownLogging();
    spans = await bench.received();
    const { traceId, spanId } = the('node Talk');
    const lines = caught.json.filter(({ Attributes }) => (Attributes as LogFields)['node_name'] === 'Talk');
    expect(lines.map((line) => line['Body'])).to.deep.equal(['from ctx', 'from a logger', 'node_success']);
    for (const line of lines) {
      expect(line).to.include({ TraceId: traceId, SpanId: spanId });
      expect(line['Attributes']).to.include({ trace_id: 'order-10', otel_span_id: spanId });
    }
  });

  it('does nothing for an SDK that is not there', () => {
    const tracer = new OtelTracer({ tracerProvider: { getTracer: noopTracer } });
    expect(
      tracer.startTrace({
        flowName: 'f',
        traceId: 't',
        tenant: 'x',
        meta: {},
        runId: 1,
        kind: 'emit',
        startedMs: 0,
        parentRun: undefined,
        replayOf: undefined,
        labels: {},
      }),
    ).to.equal(undefined);
  });

  it('refuses options that are wrong', () => {
    for (const options of [{ nope: 1 }, { tracerProvider: {} }, { exceptionEvents: 'yes' }, { redact: 1 }]) {
      expect(thrownBy(() => new OtelTracer(options as never)).code).to.equal('INVALID_OPTION');
    }
  });
});

/** What a provider hands out while no SDK is registered. */
function noopTracer(): ReturnType<typeof trace.getTracer> {
  const span = trace.wrapSpanContext({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 });
  return { startSpan: () => span, startActiveSpan: () => undefined } as never;
}
