import { expect } from 'chai';
import { FLOW_EVENT_TYPES, FlowEvent, type FlowEventType } from '#src/index.js';
import { EVENT_BIT, EventBus } from '#src/events/event-bus.js';
import type { FlowSubscription } from '#src/events/flow-listener.js';
import { never } from '../support/deferred.js';
import { settle } from '../support/settling.js';

function event(eventType: FlowEventType, traceId = 't'): FlowEvent {
  return new FlowEvent({
    eventType,
    ts: 0,
    flowName: 'f',
    nodeName: 'n',
    nodeId: 'f.n',
    traceId,
    tenant: 'default',
    runId: 1,
    attempt: 0,
    latencyMs: null,
    queueDepthIn: 0,
    queueDepthOut: 0,
    outgoingEdges: 0,
    queueMaxsize: 0,
    tracePending: 0,
    traceInflight: 0,
    traceCancelled: false,
  });
}

describe('EventBus', () => {
  let reported: unknown[] = [];
  let heard: string[] = [];
  let bus = new EventBus(() => {});
  const hearing = (name: string, types?: readonly FlowEventType[]): FlowSubscription => ({
    name,
    types,
    listener: (one) => void heard.push(`${name} ${one.eventType}`),
  });

  beforeEach(() => {
    reported = [];
    heard = [];
    bus = new EventBus((subscription, error, at) => reported.push([subscription.name, error, at.eventType]));
  });

  it('R21 its mask has the bits of the types that somebody listens to', () => {
    expect(bus.mask).to.equal(0);
    const off = bus.attach(hearing('a', ['node_start', 'node_failed']));
    const other = bus.attach(hearing('b', ['node_start']));
    expect(bus.mask).to.equal(EVENT_BIT.node_start | EVENT_BIT.node_failed);
    off();
    off();
    expect(bus.mask).to.equal(EVENT_BIT.node_start);
    other();
    expect(bus.mask).to.equal(0);
  });

  it('R22 each type has a bit of its own, and a subscription without types hears them all', () => {
    expect(new Set(Object.values(EVENT_BIT)).size).to.equal(FLOW_EVENT_TYPES.length);
    // The bits of an integer, the sign among them.
    expect(FLOW_EVENT_TYPES.length).to.be.at.most(32);
    bus.attach(hearing('all'));
    for (const type of FLOW_EVENT_TYPES) bus.publish(event(type));
    expect(heard).to.deep.equal(FLOW_EVENT_TYPES.map((type) => `all ${type}`));
  });

  it('R21 delivers in the order in which subscriptions were added', () => {
    for (const name of ['a', 'b', 'c']) bus.attach(hearing(name, ['node_start']));
    bus.publish(event('node_start'));
    expect(heard).to.deep.equal(['a node_start', 'b node_start', 'c node_start']);
  });

  it('R21 an event that is published during a delivery waits, so that all hear one order', () => {
    bus.attach({
      name: 'eager',
      types: ['node_start'],
      listener: () => bus.publish(event('node_success')),
    });
    bus.attach(hearing('a'));
    bus.attach(hearing('b'));
    bus.publish(event('node_start'));
    expect(heard).to.deep.equal(['a node_start', 'b node_start', 'a node_success', 'b node_success']);
  });

  it('R21 a listener that throws keeps nobody else from hearing, is reported once and counted', () => {
    const error = new Error('no');
    bus.attach({
      name: 'broken',
      listener: () => {
        throw error;
      },
    });
    bus.attach(hearing('a'));
    for (let n = 0; n < 3; n++) bus.publish(event('node_start'));
    expect(heard).to.have.length(3);
    expect(reported).to.deep.equal([['broken', error, 'node_start']]);
    expect(bus.failures()).to.deep.equal({ broken: 3 });
  });

  it('R21 a listener that rejects is reported once and counted, and never unheard', async () => {
    bus.attach({ name: 'broken', listener: () => Promise.reject(new Error('no')) });
    for (let n = 0; n < 3; n++) bus.publish(event('node_start'));
    await settle();
    expect(reported).to.have.length(1);
    expect(bus.failures()).to.deep.equal({ broken: 3 });
  });

  it('R21 a listener that rejects is heard of whatever promise it gives', async () => {
    const failing = { then: (_: unknown, reject: (error: unknown) => void) => reject(new Error('no')) };
    bus.attach({ name: 'object', listener: () => failing as never });
    bus.attach({ name: 'function', listener: () => Object.assign(() => 1, failing) as never });
    bus.publish(event('node_start'));
    await settle();
    expect(bus.failures()).to.deep.equal({ object: 1, function: 1 });
  });

  it('R21 a listener that hangs delays nobody', () => {
    bus.attach({ name: 'hanging', listener: () => never() });
    bus.attach(hearing('a'));
    bus.publish(event('node_start'));
    bus.publish(event('node_success'));
    expect(heard).to.deep.equal(['a node_start', 'a node_success']);
    expect(bus.failures()).to.deep.equal({});
  });

  it('R21 a listener whose result has a throwing `then` is a failure like any other', () => {
    class Trap {
      get then(): never {
        throw new Error('trap');
      }
    }
    bus.attach({ name: 'trap', listener: () => new Trap() as unknown as Promise<void> });
    bus.attach(hearing('a'));
    bus.publish(event('node_start'));
    expect(heard).to.have.length(1);
    expect(bus.failures()).to.deep.equal({ trap: 1 });
  });

  it('R21 counts a listener whatever it is named', () => {
    const listener = (): never => {
      throw new Error('no');
    };
    for (const name of ['__proto__', 'constructor', 'toString']) bus.attach({ name, listener });
    bus.publish(event('node_start'));
    expect(Object.entries(bus.failures())).to.deep.equal([
      ['__proto__', 1],
      ['constructor', 1],
      ['toString', 1],
    ]);
  });

  it('R21 two failing listeners are reported each, and counted by name', () => {
    for (const name of ['one', 'two', 'two']) {
      bus.attach({
        name,
        listener: () => {
          throw new Error(name);
        },
      });
    }
    bus.publish(event('node_start'));
    expect(reported).to.have.length(3);
    expect(bus.failures()).to.deep.equal({ one: 1, two: 2 });
  });

  it('R24 a subscription with the identity of one that is attached is not added again', () => {
    const identity = {};
    bus.attach({ ...hearing('log'), identity });
    const off = bus.attach({ ...hearing('log'), identity });
    bus.attach({ ...hearing('other name'), identity });
    bus.attach({ ...hearing('other'), identity: {} });
    bus.publish(event('node_start'));
    expect(heard).to.deep.equal(['log node_start', 'other node_start']);
    off();
    bus.publish(event('node_success'));
    expect(heard).to.have.length(4);
  });

  it('R21 a listener may take itself off, or another one, while it hears', () => {
    const offs: (() => void)[] = [];
    offs.push(
      bus.attach({
        name: 'once',
        listener: () => {
          heard.push('once');
          for (const off of offs) off();
        },
      }),
    );
    offs.push(bus.attach(hearing('a')));
    bus.publish(event('node_start'));
    heard = [];
    bus.publish(event('node_start'));
    expect(heard).to.deep.equal([]);
    expect(bus.mask).to.equal(0);
  });

  it('R24 knows whether what it publishes reaches anybody who keeps it', () => {
    expect(bus.hasSink).to.equal(false);
    bus.attach({ ...hearing('silent'), silent: () => true });
    expect(bus.hasSink).to.equal(false);
    bus.attach(hearing('a', ['node_failed']));
    expect(bus.hasSink).to.equal(true);
  });
});
