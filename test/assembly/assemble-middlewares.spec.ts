import { expect } from 'chai';
import type { FlowEvent } from '#src/events/flow-event.js';
import { Middleware } from '#src/metadata/middleware.js';
import { OnFlowEvent } from '#src/metadata/on-flow-event.js';
import { thrownBy } from '../support/thrown-by.js';
import { flowOf, Price, useAssembly } from './support/use-assembly.js';

describe('middlewares of a flow', () => {
  const assembly = useAssembly();

  it("takes classes, instances and functions, the flow's first, each once", () => {
    class Sink {
      readonly lines: string[] = [];
    }
    @Middleware()
    class Watch {
      constructor(readonly sink: Sink) {}
      @OnFlowEvent('node_failed') on(event: FlowEvent): void {
        this.sink.lines.push(event.eventType);
      }
      onFlowStart(): void {
        this.sink.lines.push('start');
      }
    }
    @Middleware()
    class Count {
      @OnFlowEvent() on(): void {}
    }
    const record = (): void => {};
    const Orders = flowOf(Price, { middlewares: [Watch] });
    const sink = new Sink();
    const { subscriptions, middlewares } = assembly.assemble(Orders, {
      providers: [{ token: Sink, useValue: sink }],
      middlewares: [new Count(), record, Watch, record],
    });
    expect(subscriptions.map(({ name }) => name)).to.deep.equal(['Watch.on', 'Count.on', 'record']);
    void subscriptions[0]!.listener({ eventType: 'node_failed' } as FlowEvent);
    expect(middlewares.map(({ name }) => name)).to.deep.equal(['Watch']);
    void middlewares[0]!.onFlowStart!();
    expect(sink.lines).to.deep.equal(['node_failed', 'start']);
  });

  it('refuses a class that listens to nothing', () => {
    class Deaf {}
    const Orders = flowOf(Price, { middlewares: [Deaf] });
    expect(thrownBy(() => assembly.assemble(Orders)).code).to.equal('MIDDLEWARE_NOT_DECORATED');
  });
});
