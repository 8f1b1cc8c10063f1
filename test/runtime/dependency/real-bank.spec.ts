import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { bulkhead, circuitBreaker, ConsecutiveBreaker, handleAll, retry, wrap } from 'cockatiel';
import {
  configureLogging,
  createFlow,
  dependency,
  Flow,
  FlowLogger,
  getLogger,
  Node,
  start,
  withLogFields,
  type Dependency,
  type FlowNode,
  type NodeContext,
} from '#src/index.js';
import { otelTracing, SPAN_ATTRIBUTES } from '#src/otel/index.js';
import { OtelBench } from '../../otel/support/otel-bench.js';
import type { ReceivedSpan } from '../../otel/support/otlp-receiver.js';
import { useLogging } from '../../support/use-logging.js';
import { codeOf } from '../../support/settling.js';

class BankError extends Error {
  override readonly name = 'BankError';
}

/** A bank behind HTTP, which answers what it is asked to: `/200`, `/503`, `/reset`, `/hang`, or one after the other for `/503,200`. */
class Bank {
  url = '';
  readonly asked: string[] = [];
  readonly #server: Server = createServer((request, response) => {
    const { url = '', headers } = request;
    const answers = url.slice(1).split(',');
    const before = this.asked.filter((each) => each.startsWith(`${url} `)).length;
    this.asked.push(`${url} ${String(headers['traceparent'])}`);
    this.#answer(answers[Math.min(before, answers.length - 1)] ?? '', response);
  });

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(answer: string, response: ServerResponse): void {
    if (answer === 'reset') response.destroy();
    else if (answer !== 'hang') response.writeHead(Number(answer)).end('paid');
  }
}

const bank = new Bank();
let BANK: Dependency = dependency('bank');

@Node({ name: 'Charge', concurrency: 4 })
class Charge implements FlowNode<string, string> {
  readonly #log = getLogger('bank-client');

  async process(path: string, ctx: NodeContext): Promise<string> {
    return withLogFields({ asked: path }, async () =>
      ctx.through(BANK, async (signal) => {
        this.#log.info('asking');
        const response = await fetch(`${bank.url}${path}`, { signal });
        if (!response.ok) throw new BankError(`it says ${response.status}, password=s3cret`);
        return response.text();
      }),
    );
  }
}

@Flow({ name: 'Payments', middlewares: [FlowLogger] })
class Payments {
  readonly graph = start(Charge);
}

describe('a dependency behind HTTP', () => {
  const caught = useLogging({ level: 'debug' });
  const otel = new OtelBench();
  let undici: UndiciInstrumentation;
  let spans: readonly ReceivedSpan[] = [];

  before(async () => {
    await otel.start();
    await bank.start();
    undici = new UndiciInstrumentation();
    undici.setTracerProvider(otel.provider);
  });
  after(async () => {
    undici.disable();
    await bank.stop();
    await otel.stop();
  });
  beforeEach(() => {
    bank.asked.length = 0;
    otel.receiver.spans.length = 0;
  });

  async function asked(
    paths: readonly string[],
    to: Dependency,
    options: { readonly timeoutS?: number } = {},
  ): Promise<unknown[]> {
    BANK = to;
    const flow = createFlow(Payments, { providers: [otelTracing()] });
    await flow.run();
    const answers = await Promise.all(
      paths.map((path) => flow.call(path, { traceId: `order${path}`, ...options }).catch((error: unknown) => error)),
    );
    await flow.stop();
    spans = await otel.received();
    expect(otel.open).to.deep.equal([]);
    return answers;
  }

  const named = (name: string): readonly ReceivedSpan[] => spans.filter((span) => span.name === name);

  it('R35 is one client span with the tries of HTTP below it', async () => {
    const policy = retry(handleAll, { maxAttempts: 2 });
    expect(await asked(['/503,reset,200'], dependency('bank', { timeoutS: 5, policy }))).to.deep.equal(['paid']);
    const [client, ...others] = named('dependency bank');
    expect(others).to.deep.equal([]);
    expect(client!.kind).to.equal(SpanKind.CLIENT + 1);
    expect(client!.parentSpanId).to.equal(named('node Charge')[0]!.spanId);
    expect(client!.attributes).to.deep.equal({
      'penguiflow.dependency.name': 'bank',
      'penguiflow.dependency.tries': 3,
      'penguiflow.outcome': 'success',
    });
    expect(Object.values<string>(SPAN_ATTRIBUTES)).to.include.members(Object.keys(client!.attributes));
    const http = named('GET');
    expect(http.map(({ parentSpanId }) => parentSpanId)).to.deep.equal(Array(3).fill(client!.spanId));
    expect(bank.asked).to.deep.equal(http.map(({ traceId, spanId }) => `/503,reset,200 00-${traceId}-${spanId}-01`));
  });

  it('R27 R35 says on its span how it failed, without what is secret', async () => {
    await asked(['/503'], dependency('bank'));
    const [client] = named('dependency bank');
    expect(client!.attributes).to.deep.include({ 'penguiflow.outcome': 'error', 'error.type': 'BankError' });
    expect(client!.status.code).to.equal(SpanStatusCode.ERROR);
    expect(JSON.stringify(client)).to.contain('it says 503').and.not.to.contain('s3cret');
    expect(client!.events.map(({ name }) => name)).to.deep.equal(['exception']);
    expect(caught.text).not.to.contain('s3cret');
  });

  it('R35 hangs no longer than its time, and the run no longer than its own', async () => {
    const timed = dependency('bank', { timeoutS: 0.05 });
    expect(await asked(['/hang'], timed)).to.have.nested.property('[0].code', 'DEPENDENCY_TIMEOUT');
    expect(named('dependency bank')[0]!.attributes).to.deep.include({ 'penguiflow.outcome': 'timeout' });
    otel.receiver.spans.length = 0;
    expect(await asked(['/hang'], dependency('bank'), { timeoutS: 0.05 })).to.have.nested.property(
      '[0].code',
      'DEADLINE_EXCEEDED',
    );
    expect(named('dependency bank')[0]!.attributes).to.deep.include({ 'penguiflow.outcome': 'deadline' });
  });

  it('R26 R35 lines of calls that a bulkhead held back are those of their own run', async () => {
    const crowd = dependency('bank', { policy: bulkhead(1, 10) });
    const paths = ['/200,a', '/200,b', '/200,c'];
    await asked(paths, crowd);
    const lines = caught.json.filter(({ message }) => message === 'asking');
    expect(lines.map(({ trace_id: id, node_name: name, asked: path }) => [id, name, path])).to.deep.equal(
      paths.map((path) => [`order${path}`, 'Charge', path]),
    );
    const clients = new Map(named('dependency bank').map((span) => [span.spanId, span.traceId]));
    for (const { parentSpanId, traceId } of named('GET')) expect(clients.get(parentSpanId!)).to.equal(traceId);
    expect(clients.size).to.equal(3);
  });

  it('R23b R25 R35 tells people of the failures, and of the breaker', async () => {
    configureLogging({ structured: false, destination: caught, level: 'info', columns: 160 });
    const breaker = circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(1) });
    BANK = dependency('bank', { policy: wrap(breaker, retry(handleAll, { maxAttempts: 1 })) });
    const flow = createFlow(Payments);
    await flow.run();
    const traceId = `${'0'.repeat(24)}a1b2c3d4`;
    expect(await codeOf(flow.call('/503', { traceId, tenant: 'acme' }))).to.equal('NODE_EXCEPTION');
    expect(await codeOf(flow.call('/503', { traceId, tenant: 'acme' }))).to.equal('DEPENDENCY_REJECTED');
    await flow.stop();
    const lines = caught.lines
      .map((line) => line.replace(/^\S+ /, '').replaceAll(/\d[\d.]* (µs|ms)/g, '1 ms'))
      .filter((line) => / {2}bank(:| failed| refused)/.test(line))
      // Where the machine is busy.
      .map((line) => line.replace('refused after 1 ms', 'refused at once'));
    expect(lines).to.deep.equal([
      'WARN  Payments  bank: breaker is open',
      'WARN  Payments.Charge  bank failed in 1 ms after 2 tries: BankError: it says 503, password=[Redacted]  acme a1b2c3d4',
      'WARN  Payments.Charge  bank refused at once: breaker is open  acme a1b2c3d4',
    ]);
  });

  it('R20 R35 lines of JSON carry dependency, tries, outcome, latency, and the ids of run, node and span', async () => {
    await asked(['/503'], dependency('bank'));
    const line = caught.json.find(({ event }) => event === 'dependency_error');
    expect(line).to.deep.include({
      level: 'warn',
      dependency: 'bank',
      tries: 1,
      outcome: 'error',
      trace_id: 'order/503',
      flow_name: 'Payments',
      node_name: 'Charge',
      attempt: 0,
      otel_span_id: named('dependency bank')[0]!.spanId,
    });
    expect(line!['latency_ms']).to.be.a('number').and.to.be.above(0);
    expect(line!['exception']).to.match(/^BankError: it says 503/);
    expect(trace.getActiveSpan()).to.equal(undefined);
  });
});
