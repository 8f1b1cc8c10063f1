import { expect } from 'chai';
import { inspect } from 'node:util';
import { FlowEvent, type FlowEventInit } from '#src/index.js';

const init: FlowEventInit = {
  eventType: 'node_success',
  ts: 1_700_000_000.25,
  flowName: 'orders',
  nodeName: 'Price',
  nodeId: 'orders.Price',
  traceId: 't',
  tenant: 'acme',
  runId: 7,
  attempt: 2,
  latencyMs: 12.5,
  queueDepthIn: 3,
  queueDepthOut: 4,
  outgoingEdges: 1,
  queueMaxsize: 64,
  tracePending: 5,
  traceInflight: 6,
  traceCancelled: false,
};

describe('FlowEvent', () => {
  it('R20 is frozen, its extra too, which is a copy', () => {
    const extra = { sleep_s: 1 };
    const event = new FlowEvent({ ...init, extra });
    extra.sleep_s = 2;
    expect([Object.isFrozen(event), Object.isFrozen(event.extra), event.extra]).to.deep.equal([
      true,
      true,
      { sleep_s: 1 },
    ]);
    expect(Object.isFrozen(new FlowEvent(init).extra)).to.equal(true);
  });

  it('R20 has plain objects and lists in its extra as frozen copies, all the way down', () => {
    const when = new Date(0);
    const list: unknown[] = [{ a: 1 }];
    const error = { code: 'X', message: 'no', metadata: { list, when, none: null } };
    const self: Record<string, unknown> = {};
    self['self'] = self;
    const event = new FlowEvent({ ...init, extra: { flow_error: error, self, suspects: ['A'] } });
    list.push(2);
    error.code = 'Y';
    const metadata = { list: [{ a: 1 }], when, none: null };
    expect(event.errorPayload).to.deep.equal({ code: 'X', message: 'no', metadata });
    const seen = event.extra['self'] as typeof self;
    expect([seen['self'] === seen, seen === self, event.extra['suspects']]).to.deep.equal([true, false, ['A']]);
    const copy = event.errorPayload?.metadata as typeof metadata;
    for (const each of [event.errorPayload, copy, copy.list, copy.list[0], seen, event.extra['suspects']]) {
      expect(Object.isFrozen(each)).to.equal(true);
    }
    expect([copy.when === when, Object.isFrozen(when)]).to.deep.equal([true, false]);
  });

  it('R20 leaves what cannot be read in its extra as it is', () => {
    const broken = Object.defineProperty({}, 'no', {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    });
    const extra = { broken, list: [1] };
    expect(new FlowEvent({ ...init, extra }).extra['broken']).to.equal(broken);
  });

  it('R20 has the facts it was built from, and no others', () => {
    expect(Object.fromEntries(Object.entries(new FlowEvent(init)))).to.deep.equal({ ...init, extra: {} });
    expect(new FlowEvent(init).queueDepth).to.equal(7);
  });

  it('R20 has them as fields of its own, in one order, which nobody can change', () => {
    const event = new FlowEvent({ ...init, latencyMs: null, payload: 'p' });
    expect(Reflect.ownKeys(event)).to.deep.equal([...Object.keys(init), 'extra']);
    for (const key of Object.keys(init)) {
      const descriptor = Object.getOwnPropertyDescriptor(event, key);
      expect(descriptor, key).to.include({ writable: false, configurable: false, enumerable: true });
      expect(() => Object.assign(event, { [key]: 1 }), key).to.throw(TypeError);
    }
    expect(() => Object.assign(event, { more: 1 })).to.throw(TypeError);
  });

  it('R20 toPayload() gives the original’s keys, plus flow_name, tenant and run', () => {
    expect(new FlowEvent({ ...init, extra: { sleep_s: 1 } }).toPayload()).to.deep.equal({
      ts: 1_700_000_000.25,
      event: 'node_success',
      flow_name: 'orders',
      node_name: 'Price',
      node_id: 'orders.Price',
      trace_id: 't',
      tenant: 'acme',
      run: 7,
      latency_ms: 12.5,
      q_depth_in: 3,
      q_depth_out: 4,
      q_depth_total: 7,
      outgoing: 1,
      queue_maxsize: 64,
      attempt: 2,
      trace_pending: 5,
      trace_inflight: 6,
      trace_cancelled: false,
      sleep_s: 1,
    });
  });

  it('R20 trace_pending is absent when it is unknown', () => {
    const event = new FlowEvent({ ...init, tracePending: null });
    expect(event.toPayload()).not.to.have.property('trace_pending');
    expect(event.metricSamples()).not.to.have.property('trace_pending');
  });

  it('R20 metricSamples() gives numbers under the original’s keys', () => {
    expect(new FlowEvent({ ...init, traceCancelled: true }).metricSamples()).to.deep.equal({
      queue_depth_in: 3,
      queue_depth_out: 4,
      queue_depth_total: 7,
      attempt: 2,
      trace_pending: 5,
      trace_inflight: 6,
      trace_cancelled: 1,
      latency_ms: 12.5,
    });
  });

  it('R20 a latency in extra wins in the samples, unless it is no number', () => {
    const samples = (latency: unknown, latencyMs: number | null = 12.5): number | undefined =>
      new FlowEvent({ ...init, latencyMs, extra: { latency_ms: latency } }).metricSamples()['latency_ms'];
    expect([samples(7), samples('7'), samples('slow'), samples(null)]).to.deep.equal([7, 7, 12.5, 12.5]);
    expect([samples(7, null), samples(undefined, null)]).to.deep.equal([7, undefined]);
  });

  it('R20 tagValues() gives strings, and takes the plain values of extra', () => {
    const extra = { sleep_s: 1, will_retry: true, exception: 'TypeError', flow_error: {}, nothing: null };
    expect(new FlowEvent({ ...init, extra }).tagValues()).to.deep.equal({
      event_type: 'node_success',
      flow_name: 'orders',
      node_name: 'Price',
      node_id: 'orders.Price',
      trace_id: 't',
      tenant: 'acme',
      sleep_s: '1',
      will_retry: 'true',
      exception: 'TypeError',
    });
  });

  it('R20 what is null has no tag', () => {
    const nobody = { nodeName: null, nodeId: null, traceId: null, tenant: null, runId: null };
    expect(new FlowEvent({ ...init, ...nobody }).tagValues()).to.deep.equal({
      event_type: 'node_success',
      flow_name: 'orders',
    });
  });

  it('R20 carries what was thrown, but not in what is enumerated or logged', () => {
    const error = new TypeError('no');
    const event = new FlowEvent({ ...init, error });
    expect(event.error).to.equal(error);
    expect(Object.keys(event)).not.to.include('error');
    expect(event.toPayload()).not.to.have.property('error');
    expect(new FlowEvent(init).error).to.equal(undefined);
  });

  it('R20 errorPayload is the flow error of node_failed', () => {
    const payload = { code: 'NODE_EXCEPTION', message: 'm' };
    expect(new FlowEvent({ ...init, extra: { flow_error: payload } }).errorPayload).to.deep.equal(payload);
    expect(new FlowEvent(init).errorPayload).to.deep.equal(undefined);
  });

  it('R25 the payload of the message is there for who asks, and in no form that is written', () => {
    const payload = { card: 'hunter2' };
    const event = new FlowEvent({ ...init, payload });
    expect(event.payload).to.equal(payload);
    expect(new FlowEvent(init).payload).to.equal(undefined);
    const forms = [event, Object.assign({}, event), event.toPayload(), event.metricSamples(), event.tagValues()];
    for (const form of forms) {
      expect(JSON.stringify(form)).not.to.contain('hunter2');
      expect(inspect(form, { depth: 9, showHidden: true })).not.to.contain('hunter2');
      expect(Reflect.ownKeys(form)).not.to.include('payload');
    }
    expect(structuredClone(event)).not.to.have.property('payload');
  });
});
