import { expect } from 'chai';
import type { FlowEvent } from '#src/events/flow-event.js';
import type { FlowSubscription } from '#src/events/flow-listener.js';
import { Middleware } from '#src/metadata/middleware.js';
import { OnFlowEvent } from '#src/metadata/on-flow-event.js';
import { subscriptionsOf } from '#src/metadata/subscriptions-of.js';
import { thrownBy } from '../support/thrown-by.js';

const EVENT = { eventType: 'node_success' } as FlowEvent;

describe('subscriptionsOf', () => {
  it('gives one subscription per method that listens, named and bound to the instance', () => {
    @Middleware()
    class Watch {
      readonly seen: string[] = [];
      @OnFlowEvent('node_success', 'node_timeout', 'node_success')
      ends(event: FlowEvent): void {
        this.seen.push(event.eventType);
      }
      @OnFlowEvent()
      all(): void {
        this.seen.push('all');
      }
      @OnFlowEvent('node_start', '*')
      star(): void {}
    }
    const watch = new Watch();
    const subscriptions = subscriptionsOf(watch);
    expect(subscriptions.map(({ name, types }) => [name, types])).to.deep.equal([
      ['Watch.ends', ['node_success', 'node_timeout']],
      ['Watch.all', undefined],
      ['Watch.star', undefined],
    ]);
    for (const { listener } of subscriptions) void listener(EVENT);
    expect(watch.seen).to.deep.equal(['node_success', 'all']);
  });

  it('takes a plain function for all types', () => {
    const events: FlowEvent[] = [];
    const [subscription, ...rest] = subscriptionsOf(function record(event: FlowEvent) {
      events.push(event);
    });
    expect(rest).to.deep.equal([]);
    expect(subscription).to.include({ name: 'record' });
    expect(subscription!.types).to.equal(undefined);
    void subscription!.listener(EVENT);
    expect(events).to.deep.equal([EVENT]);
  });

  it('takes an object that is a subscription, and calls its listener on it', () => {
    class Log {
      readonly types = ['node_failed'] as const;
      readonly identity = 'stdout';
      lines = 0;
      listener(): void {
        this.lines += 1;
      }
    }
    const log = new Log();
    const [subscription] = subscriptionsOf(log) as readonly [FlowSubscription];
    expect(subscription).to.include({ name: 'Log', identity: 'stdout' });
    expect(subscription.types).to.deep.equal(['node_failed']);
    void subscription.listener(EVENT);
    expect(log.lines).to.equal(1);
  });

  it('R24 carries over the identity, which allows one listening method only', () => {
    @Middleware()
    class Once {
      readonly identity = 'stdout';
      @OnFlowEvent() on(): void {}
    }
    @Middleware()
    class Twice {
      readonly identity = 'stdout';
      @OnFlowEvent() on(): void {}
      @OnFlowEvent() also(): void {}
    }
    expect(subscriptionsOf(new Once())[0]).to.include({ name: 'Once.on', identity: 'stdout' });
    expect(thrownBy(() => subscriptionsOf(new Twice())).code).to.equal('INVALID_OPTION');
  });

  it('does not let a subclass listen without its own @Middleware and @OnFlowEvent', () => {
    @Middleware()
    class Base {
      @OnFlowEvent() on(): void {}
    }
    class Plain extends Base {}
    @Middleware()
    class Own extends Base {
      @OnFlowEvent('node_start') own(): void {}
    }
    expect(thrownBy(() => subscriptionsOf(new Plain())).code).to.equal('MIDDLEWARE_NOT_DECORATED');
    expect(subscriptionsOf(new Own()).map(({ name }) => name)).to.deep.equal(['Own.own']);
    expect(subscriptionsOf(new Base()).map(({ name }) => name)).to.deep.equal(['Base.on']);
  });

  it('says of a middleware class that nobody built where it belongs', () => {
    @Middleware()
    class Watch {
      @OnFlowEvent() on(): void {}
    }
    const error = thrownBy(() => subscriptionsOf(Watch));
    expect(error.message).to.equal('Expected a middleware that is built, got the class Watch');
    expect(error.hint).to.contain('`middlewares`');
  });

  it('refuses what listens to nothing', () => {
    class Plain {}
    for (const value of [new Plain(), Plain, undefined, 'log']) {
      expect(thrownBy(() => subscriptionsOf(value)).code).to.equal('MIDDLEWARE_NOT_DECORATED');
    }
  });
});

describe('@Middleware and @OnFlowEvent', () => {
  it('say that their parentheses are missing, and what to write', () => {
    class Watch {
      on(): void {}
    }
    const onClass = thrownBy(() => (Middleware as unknown as (target: unknown) => void)(Watch));
    expect(onClass.message).to.equal('@Middleware on Watch is written without parentheses');
    const onMethod = thrownBy(() => (OnFlowEvent as unknown as (...on: unknown[]) => void)(Watch.prototype, 'on', {}));
    expect(onMethod.message).to.equal('@OnFlowEvent on Watch is written without parentheses');
    expect(onMethod.hint).to.equal('Write `@OnFlowEvent()`.');
  });

  it('refuse a class without a listening method', () => {
    class Deaf {
      on(): void {}
    }
    expect(thrownBy(() => Middleware()(Deaf)).code).to.equal('MIDDLEWARE_NOT_DECORATED');
  });

  it('R22 refuse an event type nobody knows', () => {
    class Watch {
      on(): void {}
    }
    const error = thrownBy(() => OnFlowEvent('node_sucess' as never)(Watch.prototype, 'on', {}));
    expect(error.code).to.equal('INVALID_OPTION');
    expect(error.message).to.contain('"node_sucess"').and.contain('@OnFlowEvent on Watch.on');
  });
});
