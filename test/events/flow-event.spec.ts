import { expect } from 'chai';
import { inspect } from 'node:util';
import { FlowError } from '../../src/errors/flow-error.js';
import { flowEvent, TRACE } from '../logging/support/flow-events.js';

describe('FlowEvent', () => {
  it('R20 is frozen, and so is its extra, which is a copy', () => {
    const extra = { sleep_s: 1 };
    const event = flowEvent('node_retry', { extra });
    extra.sleep_s = 2;
    expect(event.extra).to.deep.equal({ sleep_s: 1 }).and.be.frozen;
    expect(event).to.be.frozen;
  });

  it('R20 toPayload() has the keys of the original, plus flow_name and tenant', () => {
    expect(flowEvent('node_retry', { extra: { sleep_s: 0.5 }, queueDepthIn: 2 }).toPayload()).to.deep.equal({
      ts: 1_760_000_000.5,
      event: 'node_retry',
      flow_name: 'Orders',
      node_name: 'Price',
      node_id: 'price-1',
      trace_id: TRACE,
      tenant: 'acme',
      latency_ms: 1.25,
      q_depth_in: 2,
      q_depth_out: 1,
      q_depth_total: 3,
      outgoing: 1,
      queue_maxsize: 64,
      attempt: 0,
      trace_inflight: 1,
      trace_cancelled: false,
      trace_pending: 1,
      sleep_s: 0.5,
    });
  });

  it('R20 trace_pending is absent when it is unknown', () => {
    const event = flowEvent('node_start', { tracePending: null });
    expect(event.toPayload()).not.to.have.property('trace_pending');
    expect(event.metricSamples()).not.to.have.property('trace_pending');
  });

  it('R20 metricSamples() has numbers only, and the latency of extra wins when it is one', () => {
    expect(flowEvent('node_success', { traceCancelled: true }).metricSamples()).to.deep.equal({
      queue_depth_in: 0,
      queue_depth_out: 1,
      queue_depth_total: 1,
      attempt: 0,
      trace_inflight: 1,
      trace_cancelled: 1,
      trace_pending: 1,
      latency_ms: 1.25,
    });
    const latency = (value: unknown): unknown =>
      flowEvent('node_success', { extra: { latency_ms: value } }).metricSamples()['latency_ms'];
    expect([7, '8', null, 'soon'].map(latency)).to.deep.equal([7, 8, 1.25, 1.25]);
    expect(flowEvent('node_retry', { latencyMs: null }).metricSamples()).not.to.have.property('latency_ms');
  });

  it('R20 tagValues() has strings only: what is null is absent, and so is what extra holds of objects', () => {
    const extra = { exception: 'Error: x', sleep_s: 0.5, will_retry: true, flow_error: { code: 'X' } };
    expect(flowEvent('node_error', { extra }).tagValues()).to.deep.equal({
      event_type: 'node_error',
      flow_name: 'Orders',
      node_name: 'Price',
      node_id: 'price-1',
      trace_id: TRACE,
      tenant: 'acme',
      exception: 'Error: x',
      sleep_s: '0.5',
      will_retry: 'true',
    });
    const bare = flowEvent('node_start', { nodeName: null, nodeId: null, traceId: null, tenant: null });
    expect(bare.tagValues()).to.deep.equal({ event_type: 'node_start', flow_name: 'Orders' });
  });

  it('R20 errorPayload is what ended the message', () => {
    const payload = new FlowError('NODE_TIMEOUT', { message: 'too slow' }).toPayload();
    expect(flowEvent('node_failed', { extra: { flow_error: payload } }).errorPayload).to.equal(payload);
    expect(flowEvent('node_start').errorPayload).to.equal(undefined);
  });

  it('R25 the payload of the message is there for who asks, and in no form that is written', () => {
    const payload = { card: 'hunter2' };
    const event = flowEvent('node_success', { payload });
    expect(event.payload).to.equal(payload);
    const forms = [event, Object.assign({}, event), event.toPayload(), event.metricSamples(), event.tagValues()];
    for (const form of forms) {
      expect(JSON.stringify(form)).not.to.contain('hunter2');
      expect(inspect(form, { depth: 9, showHidden: true, getters: false })).not.to.contain('hunter2');
      expect(Reflect.ownKeys(form)).not.to.include('payload');
    }
    expect(structuredClone(event)).not.to.have.property('payload');
  });
});
