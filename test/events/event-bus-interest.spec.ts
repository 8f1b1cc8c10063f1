import { expect } from 'chai';
import { EVENT_BIT, EventBus } from '#src/events/event-bus.js';
import type { FlowEventType } from '#src/events/flow-event-type.js';
import type { FlowListener, FlowSubscription } from '#src/events/flow-listener.js';
import { flowEvent } from '../logging/support/flow-events.js';
import { settle } from '../support/settling.js';

/** A subscription that changes its mind. */
class Fickle implements FlowSubscription {
  readonly name = 'Fickle';
  readonly heard: FlowEventType[] = [];
  readonly #watchers = new Set<() => void>();
  #wanted: readonly FlowEventType[];

  constructor(...wanted: FlowEventType[]) {
    this.#wanted = wanted;
  }

  readonly listener: FlowListener = ({ eventType }) => {
    this.heard.push(eventType);
  };
  readonly wants = (type: FlowEventType): boolean => this.#wanted.includes(type);
  readonly onInterestChange = (changed: () => void): (() => void) => {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  };

  get watchers(): number {
    return this.#watchers.size;
  }

  want(...types: FlowEventType[]): void {
    this.#wanted = types;
    for (const watcher of this.#watchers) watcher();
  }
}

function hearing(heard: string[], name: string, more: Partial<FlowSubscription> = {}): FlowSubscription {
  return { name, listener: ({ eventType }) => void heard.push(`${name}:${eventType}`), ...more };
}

describe('EventBus: who wants what', () => {
  it('R21 each type of event has a bit of its own, of which a number has 32', () => {
    const bits = Object.values(EVENT_BIT);
    expect(new Set(bits).size).to.equal(bits.length);
    expect(bits).not.to.include(0);
  });

  const noFailure = (): never => expect.fail('no listener fails here');
  let bus: EventBus;

  beforeEach(() => {
    bus = new EventBus(noFailure);
  });

  it('R21 detaching twice takes off one', () => {
    const heard: string[] = [];
    const subscription = hearing(heard, 'a');
    const detach = bus.attach(subscription);
    bus.attach(subscription);
    detach();
    detach();
    bus.publish(flowEvent('node_start'));
    expect(heard).to.deep.equal(['a:node_start']);
  });

  it('R24 a second subscription of one identity is not attached, and does not come in when the first goes', () => {
    const heard: string[] = [];
    const detach = bus.attach(hearing(heard, 'first', { identity: 'stdout' }));
    bus.attach(hearing(heard, 'second', { identity: 'stdout' }))();
    bus.publish(flowEvent('node_start'));
    detach();
    bus.publish(flowEvent('node_start'));
    expect(heard).to.deep.equal(['first:node_start']);
  });

  it('R29 flush waits for every subscription, also when one fails', async () => {
    const flushed: string[] = [];
    const flush = (name: string, error?: Error) => async (): Promise<void> => {
      await settle();
      flushed.push(name);
      if (error !== undefined) throw error;
    };
    bus.attach(hearing([], 'a', { flush: flush('a', new Error('disk full')) }));
    bus.attach(hearing([], 'b', { flush: flush('b') }));
    bus.attach(hearing([], 'c'));
    await Promise.all(bus.flushes().map(({ done }) => done));
    expect(flushed).to.deep.equal(['a', 'b']);
  });

  describe('with interests that change', () => {
    it('R21 an event that nobody wants now has no bit, and its types come and go', () => {
      const fickle = new Fickle('node_failed');
      bus.attach(fickle);
      expect(bus.mask).to.equal(EVENT_BIT.node_failed);
      fickle.want('node_start', 'node_success');
      expect(bus.mask).to.equal(EVENT_BIT.node_start | EVENT_BIT.node_success);
      fickle.want();
      expect(bus.mask).to.equal(0);
    });

    it('R21 gets no event that only others want', () => {
      const heard: string[] = [];
      const fickle = new Fickle('node_failed');
      bus.attach(fickle);
      bus.attach(hearing(heard, 'all'));
      bus.publish(flowEvent('node_start'));
      bus.publish(flowEvent('node_failed'));
      expect(fickle.heard).to.deep.equal(['node_failed']);
      expect(heard).to.deep.equal(['all:node_start', 'all:node_failed']);
    });

    it('R21 may change while an event is delivered; that event still reaches everybody', () => {
      const fickle = new Fickle('node_start');
      bus.attach({ name: 'switch', types: ['node_start'], listener: () => fickle.want() });
      bus.attach(fickle);
      bus.publish(flowEvent('node_start'));
      bus.publish(flowEvent('node_start'));
      expect(fickle.heard).to.deep.equal(['node_start']);
    });

    it('R21 one whose `wants` throws gets everything it listens to', () => {
      const wants = (): never => {
        throw new TypeError('cannot say');
      };
      bus.attach(hearing([], 'odd', { types: ['node_start'], wants }));
      expect(bus.mask).to.equal(EVENT_BIT.node_start);
    });

    it('R21 is not asked any more once it is off, or the bus is closed', () => {
      const one = new Fickle('node_start');
      const other = new Fickle('node_start');
      const detach = bus.attach(one);
      bus.attach(other);
      expect([one.watchers, other.watchers]).to.deep.equal([1, 1]);
      detach();
      bus.close();
      expect([one.watchers, other.watchers]).to.deep.equal([0, 0]);
    });
  });

  describe('of a playbook', () => {
    let child: EventBus;

    beforeEach(() => {
      child = new EventBus(noFailure, bus);
    });

    it('R24 its events reach the subscriptions of both, and those of one identity once', () => {
      const heard: string[] = [];
      bus.attach(hearing(heard, 'parent log', { identity: 'stdout' }));
      bus.attach(hearing(heard, 'parent'));
      child.attach(hearing(heard, 'child log', { identity: 'stdout' }));
      child.publish(flowEvent('node_start'));
      expect(heard).to.deep.equal(['child log:node_start', 'parent:node_start']);
    });

    it('R21 has the bits of what the calling flow wants, also when that changes', () => {
      const fickle = new Fickle('node_start');
      const detach = bus.attach(fickle);
      const grandchild = new EventBus(noFailure, child);
      expect([child.mask, grandchild.mask]).to.deep.equal([EVENT_BIT.node_start, EVENT_BIT.node_start]);
      fickle.want('node_failed');
      expect([child.mask, grandchild.mask]).to.deep.equal([EVENT_BIT.node_failed, EVENT_BIT.node_failed]);
      detach();
      expect([child.mask, grandchild.mask]).to.deep.equal([0, 0]);
    });

    it('R21 an event that only the doubled one of the calling flow wants is not built', () => {
      bus.attach(hearing([], 'parent log', { identity: 'stdout' }));
      child.attach(hearing([], 'child log', { identity: 'stdout', types: ['node_failed'] }));
      expect(child.mask).to.equal(EVENT_BIT.node_failed);
    });

    it('R24 has a sink when the calling flow has one', () => {
      expect([bus.hasSink, child.hasSink]).to.deep.equal([false, false]);
      bus.attach(hearing([], 'quiet', { silent: () => true }));
      expect(child.hasSink).to.equal(false);
      bus.attach(hearing([], 'loud', { silent: () => false }));
      expect(child.hasSink).to.equal(true);
    });

    it('R21 once closed it follows the calling flow no more', () => {
      child.close();
      bus.attach(hearing([], 'late'));
      expect(child.mask).to.equal(0);
    });
  });
});
