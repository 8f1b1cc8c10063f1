import { expect } from 'chai';
import type {
  AttemptSpan,
  AttemptStart,
  FlowError,
  FlowRecorder,
  NodeContext,
  TraceSpan,
  TraceStart,
} from '#src/index.js';
import {
  FlowHistory,
  memoryStore,
  postgresStore,
  sqliteStore,
  type FlowStore,
  type RunDetail,
} from '#src/store/index.js';
import { useFlows } from '../support/flows.js';
import { describeWithTool } from '../support/needs-tool.js';
import { line, node, pass } from '../support/nodes.js';
import { reasonOf } from '../support/settling.js';
import { ADDRESS, dropSchema, newSchema, POSTGRES } from './postgres/support/postgres-target.js';
import { deleteFile, newFile } from './sqlite/support/sqlite-target.js';

/** Has a history follow a flow whose times are none now and then: those of the run `the run`, and of an attempt of `the attempt`. */
function withoutTime(history: FlowHistory): FlowRecorder {
  const timeless = <Start extends object>(start: Start): Start =>
    Object.create(start, { startedMs: { value: Number.NaN } }) as Start;
  return {
    record: (flow) => {
      const { tracer, ...rest } = history.record(flow);
      const startTrace = (start: TraceStart): TraceSpan | undefined => {
        const span = tracer.startTrace(start.traceId === 'the run' ? timeless(start) : start) as TraceSpan;
        const attempt = (each: AttemptStart): AttemptSpan =>
          span.attempt(start.traceId === 'the attempt' && each.ctx.nodeName === 'Crooked' ? timeless(each) : each);
        return {
          logFields: span.logFields,
          attempt,
          failed: (error) => span.failed(error),
          end: (...given) => span.end(...given),
        };
      };
      return { ...rest, tracer: { startTrace } };
    },
  };
}

const no = (): never => {
  throw new Error('no look inside');
};
const CLOSED = new Proxy(
  {},
  { get: no, has: no, ownKeys: no, getPrototypeOf: no, getOwnPropertyDescriptor: no, isExtensible: no },
);

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function circular(): object {
  const ring: Record<string, unknown> = { name: 'ring' };
  return Object.assign(ring, { next: [ring] });
}

function deep(): object {
  let nested: object = {};
  for (let depth = 0; depth < 50_000; depth++) nested = { nested };
  return nested;
}

/** Payloads, and what is said where one is not kept. */
const PAYLOADS: Readonly<Record<string, readonly [payload: unknown, notKept: string | undefined]>> = {
  'NUL and half a pair': ['a\0b\ud800c', undefined],
  'no number and no date': [{ n: [Number.NaN, Infinity, -0], at: new Date(Number.NaN) }, undefined],
  'a BigInt': [{ n: 2n ** 70n }, undefined],
  'keys of the codec': [JSON.parse('{"$":"Date","v":1,"__proto__":{"a\\u0000":1}}'), undefined],
  'a circle': [circular(), 'leads back to itself'],
  'a getter that throws': [Object.defineProperty({}, 'bad', { enumerable: true, get: no }), 'no look inside'],
  'a Proxy that throws': [{ closed: CLOSED }, 'no look inside'],
  'a Proxy that is no more': [{ gone: revoked() }, 'revoked'],
  'a class without a name': [new (class {})(), 'class without a name'],
  'a function': [{ run: () => {} }, 'is a function'],
  'a depth without end': [deep(), '$.payload.nested.nested'],
  '3 MB': ['x'.repeat(3 * 2 ** 20), 'are allowed'],
};

/** What nodes throw, and what is kept of it; undefined where nothing certain is. */
const THROWN: Readonly<Record<string, readonly [thrown: unknown, kept: RegExp]>> = {
  '10 MB': [new Error('x'.repeat(10 * 2 ** 20)), /^Error: x{500}/],
  'NUL and half a pair': [new Error('a\0b\udc00'), /^Error: a\\u0000b\\udc00$/],
  'a Proxy that throws': [CLOSED, /cannot be printed/],
  'a Proxy that is no more': [revoked(), /cannot be printed/],
  'a message that throws': [Object.defineProperty(new Error('x'), 'message', { get: no }), /cannot be printed/],
  'a message that is none': [Object.assign(new Error('x'), { message: Symbol('s') }), /cannot be printed/],
  'a name that is none': [Object.assign(new Error('x'), { name: { toString: no } }), /cannot be printed/],
  null: [null, /null: null$/],
  'a symbol': [Symbol('odd'), /odd/],
};

const ODD_META = {
  ...{ 'a\0': '\ud800', n: 1n, closed: CLOSED, ring: circular() },
  bad: Object.defineProperty({}, 'bad', { enumerable: true, get: no }),
};

describe('what no store takes as it is', function () {
  this.timeout(60_000);

  describe('in memory', () => {
    poison(() => ({ store: memoryStore(), done: () => {} }));
  });

  describe('in an SQLite file', () => {
    poison(() => {
      const file = newFile();
      return { store: sqliteStore({ file }), done: () => deleteFile(file) };
    });
  });

  describeWithTool(POSTGRES, 'in Postgres', () => {
    poison(() => {
      const schema = newSchema();
      return { store: postgresStore({ url: ADDRESS.href, schema }), done: () => dropSchema(schema) };
    });
  });
});

function poison(open: () => { readonly store: FlowStore; readonly done: () => unknown }): void {
  const bench = useFlows();
  let history: FlowHistory;
  let done: () => unknown;

  beforeEach(() => {
    const opened = open();
    history = new FlowHistory(opened.store, { payloads: 'all' });
    done = opened.done;
  });

  afterEach(async () => {
    await bench.stopAll();
    await history.close();
    await done();
  });

  async function detailOf(traceId: string): Promise<RunDetail> {
    const detail = await history.run({ traceId });
    expect(detail, traceId).to.not.equal(undefined);
    return detail as RunDetail;
  }

  async function nothingIsLost(): Promise<void> {
    expect(await history.stats()).to.include({ rejectedRows: 0, rowsLeftOut: 0, shedTraces: 0, waitingRows: 0 });
    expect(bench.log.lines.filter(({ message }) => /^(history|tracer)_/.test(message))).to.deep.equal([]);
  }

  it('H7 H9 payloads: the flow has what it was given, what cannot be kept says why, and all else is there', async () => {
    const flow = await bench.run(line(pass('One'), pass('Two')), { history });
    for (const [title, [payload]] of Object.entries(PAYLOADS))
      expect((await flow.call(payload, { traceId: title })) === payload, title).to.equal(true);
    await history.flush();
    for (const [title, [payload, why]] of Object.entries(PAYLOADS)) {
      const { run, attempts, messages } = await detailOf(title);
      expect([run.status, attempts.length, messages.length], title).to.deep.equal(['succeeded', 2, 2]);
      for (const { messageId, notKept, preview } of messages) {
        if (title === '3 MB') expect(preview).to.equal(undefined);
        else expect(preview?.length, title).to.be.within(1, 2_048);
        const kept = await history.payload(run.runId, messageId);
        if (why === undefined) expect([notKept, kept?.payload], title).to.deep.equal([undefined, payload]);
        else {
          expect(notKept, title).to.contain(why);
          expect(kept, title).to.equal(undefined);
        }
      }
    }
    await nothingIsLost();
  });

  it('H7 errors: the caller has what was thrown, the rows have what can be said of it', async () => {
    const throws = node('Throws', (title: string) => {
      throw THROWN[title]?.[0];
    });
    const flow = await bench.run(line(throws as never), { history });
    for (const [title, [thrown]] of Object.entries(THROWN)) {
      const error = (await reasonOf(flow.call(title, { traceId: title }))) as FlowError;
      expect(error.code, title).to.equal('NODE_EXCEPTION');
      expect(error.cause === thrown, title).to.equal(true);
    }
    await history.flush();
    for (const [title, [, kept]] of Object.entries(THROWN)) {
      const { run, attempts } = await detailOf(title);
      expect([run.status, run.errorNode, run.errorCode], title).to.deep.equal(['failed', 'Throws', 'NODE_EXCEPTION']);
      expect(run.errorMessage, title).to.match(kept);
      expect(run.errorMessage?.length, title).to.be.at.most(1_100);
      expect(attempts, title).to.have.length(1);
      expect(attempts[0]?.error, title).to.match(kept);
    }
    await nothingIsLost();
  });

  it('H7 ids, labels, tenants, topics and meta are found by what they were', async () => {
    const labels = node('Labels', (payload, ctx: NodeContext) => {
      ctx.label('half', `\udc00${'🐧'.repeat(60)}\0`);
      return payload;
    });
    const flow = await bench.run(line(labels), { history });
    const [traceId, tenant] = ['t\0\ud800', 'acme\0'];
    const order = `${'x'.repeat(126)}\0\ud800`;
    await flow.call('x', { traceId, tenant, labels: { order }, meta: ODD_META, topic: '\0', id: 'i\0\ud800' } as never);
    await history.flush();
    for (const query of [{ traceId }, { tenant }, { label: { name: 'order', value: order } }]) {
      const { runs } = await history.list(query);
      expect(
        runs.map(({ status }) => status),
        JSON.stringify(query),
      ).to.deep.equal(['succeeded']);
    }
    const { run, labels: kept, messages } = await detailOf(traceId);
    expect(kept.map(({ name }) => name)).to.deep.equal(['half', 'order']);
    expect([run.traceId, run.tenant]).to.deep.equal(['t\\u0000\\ud800', 'acme\\u0000']);
    expect(messages).to.have.length(1);
    expect(messages[0]?.meta).to.be.a('string');
    await nothingIsLost();
  });

  it('H7 a row that the store refuses is left out, counted and told of, and takes nothing with it', async () => {
    const flow = await bench.run(line(pass('Before'), pass('Crooked'), pass('After')), {
      history: withoutTime(history),
    });
    for (const at of ['nowhere', 'the attempt', 'nowhere, again', 'the run', 'nowhere, in the end'])
      expect(await flow.call(at, { traceId: at, labels: { at } })).to.equal(at);
    await history.flush();
    for (const at of ['nowhere', 'nowhere, again', 'nowhere, in the end']) {
      const { run, attempts, labels, messages } = await detailOf(at);
      expect([run.status, attempts.length, labels.length, messages.length]).to.deep.equal(['succeeded', 3, 1, 3]);
    }
    const { run, attempts, labels, messages } = await detailOf('the attempt');
    expect([run.status, run.attempts, labels.length, messages.length]).to.deep.equal(['succeeded', 3, 1, 3]);
    expect(attempts.map(({ node: at }) => at)).to.deep.equal(['Before', 'After']);
    expect(await history.run({ traceId: 'the run' })).to.equal(undefined);
    expect(await history.stats()).to.include({ rejectedRows: 2, waitingRows: 0 });
    expect(bench.log.lines.filter(({ message }) => message === 'history_row_refused')).to.have.length(1);
  });
}
