import { expect } from 'chai';
import { Flow, Middleware, OnFlowEvent, type NodeClass, type StopResult } from '#src/index.js';
import { deferred, never } from '../support/deferred.js';
import { useFlows } from '../support/flows.js';
import { held, line, node, pass } from '../support/nodes.js';
import { codeOf, isPending, settle } from '../support/settling.js';

abstract class First {
  abstract readonly first: true;
}
abstract class Second {
  abstract readonly second: true;
}

/** Has two services built for the flow, `First` before `Second`. */
@Middleware()
class Uses {
  constructor(
    readonly first: First,
    readonly second: Second,
  ) {}
  @OnFlowEvent('node_start') on(): void {}
}

const CLEAN: StopResult = { drained: true, dropped: 0, stuckNodes: [], unflushed: [] };

describe('the time that stop() takes', () => {
  const bench = useFlows();

  /** Expects that a stop is over after just so many milliseconds, and gives its result. */
  async function overAfter(ms: number, stopping: Promise<StopResult>): Promise<StopResult> {
    await bench.clock.advance(ms - 1);
    expect(await isPending(stopping), `over before ${ms} ms`).to.equal(true);
    await bench.clock.advance(1);
    await settle();
    expect(await isPending(stopping), `not over after ${ms} ms`).to.equal(false);
    expect(bench.clock.pending).to.equal(0);
    return stopping;
  }

  /** What a flow is made with to have the two services. */
  function services(first: () => unknown, second: () => unknown): object {
    class FirstService {
      readonly first = true;
      dispose = first;
    }
    class SecondService {
      readonly second = true;
      dispose = second;
    }
    return {
      middlewares: [Uses],
      providers: [
        { token: First, useClass: FirstService },
        { token: Second, useClass: SecondService },
      ],
    };
  }

  describe('flushS', () => {
    it('R8 bounds the time of listeners, and `unflushed` names those that had not written all', async () => {
      const listeners = [
        { name: 'Hangs', listener: () => {}, flush: () => never() },
        { name: 'Writes', listener: () => {}, flush: () => Promise.resolve() },
        { name: 'Fails', listener: () => {}, flush: () => Promise.reject(new Error('disk full')) },
      ];
      const flow = await bench.run(line(pass('A')), { middlewares: listeners });
      const stopped = await overAfter(2_000, flow.stop({ flushS: 2 }));
      expect(stopped).to.deep.equal({ ...CLEAN, unflushed: ['Hangs'] });
      expect(flow.state).to.equal('stopped');
    });

    it('R8 is 5 unless it is told otherwise, and bounds the log, too', async () => {
      bench.log.flush = () => never();
      const flow = await bench.run(line(pass('A')));
      expect(await overAfter(5_000, flow.stop())).to.deep.equal({ ...CLEAN, unflushed: ['log'] });
    });

    it('R8 is for listeners and the log together', async () => {
      const writing = deferred();
      bench.log.flush = () => never();
      const flow = await bench.run(line(pass('A')), {
        middlewares: [{ name: 'Slow', listener: () => {}, flush: () => writing.promise }],
      });
      const stopping = flow.stop({ flushS: 3 });
      await bench.clock.advance(2_000);
      writing.resolve();
      expect(await overAfter(1_000, stopping)).to.deep.equal({ ...CLEAN, unflushed: ['log'] });
    });

    it('R8 begins when graceS is over, and lets what is written at once be written', async () => {
      let written = 0;
      bench.log.flush = () => Promise.resolve(void written++);
      const flow = await bench.run(line(held('Deaf').node), {
        middlewares: [{ name: 'Hangs', listener: () => {}, flush: () => never() }],
      });
      await flow.emit(1);
      const stopped = await overAfter(3_000, flow.stop({ graceS: 1, flushS: 2 }));
      expect(stopped).to.deep.equal({ drained: false, dropped: 1, stuckNodes: ['Deaf'], unflushed: ['Hangs'] });
      expect(written).to.equal(1);
    });

    it('R8 has to be a number from 0', async () => {
      const flow = await bench.run(line(pass('A')));
      expect(await codeOf(flow.stop({ flushS: -1 }))).to.equal('INVALID_OPTION');
      expect(await codeOf(flow.stop({ flushS: '5' as never }))).to.equal('INVALID_OPTION');
      expect(await flow.stop({ flushS: 0 })).to.deep.equal(CLEAN);
    });
  });

  describe('graceS', () => {
    it('R8 bounds a dispose() that hangs, whose class is named, and the next service is disposed all the same', async () => {
      let disposed = 0;
      const flow = await bench.run(
        line(pass('A')),
        services(
          () => void disposed++,
          () => never(),
        ),
      );
      const stopped = await overAfter(2_000, flow.stop({ graceS: 2 }));
      expect(stopped).to.deep.equal({ ...CLEAN, drained: false, stuckNodes: ['SecondService'] });
      expect(disposed).to.equal(1);
    });

    it('R8 bounds the dispose() of a flow that never ran', async () => {
      const flow = bench.make(
        line(pass('A')),
        services(
          () => never(),
          () => {},
        ),
      );
      const stopped = await overAfter(2_000, flow.stop({ graceS: 2 }));
      expect(stopped).to.deep.equal({ ...CLEAN, drained: false, stuckNodes: ['FirstService'] });
    });

    it('R8 is one clock for interrupted code, stop hooks and dispose(), one after the other', async () => {
      const order: string[] = [];
      const work = held('Work');
      const slow = deferred();
      const flow = await bench.run(
        line(
          node('Hanging', (payload) => payload, {
            onFlowStop: () => {
              order.push('Hanging');
              return never();
            },
          }),
          work.node,
          node('Slow', (payload) => payload, {
            onFlowStop: () => {
              order.push('Slow');
              return slow.promise;
            },
          }),
        ),
        services(
          () => void order.push('First'),
          () => {
            order.push('Second');
            return never();
          },
        ),
      );
      await flow.emit(1);
      await settle();
      const stopping = flow.stop({ graceS: 3 });
      await bench.clock.advance(1_000);
      expect(order).to.deep.equal([]);
      work.calls[0]?.reject(new Error('interrupted'));
      await settle();
      // Nodes upstream stop first.
      expect(order[0]).to.equal('Hanging');
      const stopped = await overAfter(2_000, stopping);
      expect(order).to.deep.equal(['Hanging', 'Slow', 'Second', 'First']);
      expect(stopped).to.deep.equal({
        drained: false,
        dropped: 1,
        stuckNodes: ['Hanging', 'Slow', 'SecondService'],
        unflushed: [],
      });
    });

    it('R8 lets hooks that are done at once be done when the time is over already', async () => {
      const order: string[] = [];
      const flow = await bench.run(
        line(
          node('Hanging', () => 1, { onFlowStop: () => never() }),
          node('Quick', () => 1, { onFlowStop: () => void order.push('Quick') }),
        ),
        services(
          () => void order.push('First'),
          () => void order.push('Second'),
        ),
      );
      const stopped = await overAfter(1_000, flow.stop({ graceS: 1 }));
      expect(stopped).to.deep.equal({ ...CLEAN, drained: false, stuckNodes: ['Hanging'] });
      expect(order).to.deep.equal(['Quick', 'Second', 'First']);
    });
  });

  it('R8 is for a start that hangs, and then for what that start had built, each as long as `graceS`', async () => {
    const hangs = node('Hangs', () => 1, { onFlowStart: () => never() });
    const flow = bench.make(
      line(hangs),
      services(
        () => never(),
        () => undefined,
      ),
    );
    const started = codeOf(flow.run());
    await settle();
    const stopped = await overAfter(2_000, flow.stop({ graceS: 1 }));
    expect(stopped).to.deep.equal({ ...CLEAN, drained: false, stuckNodes: ['Hangs', 'FirstService'] });
    expect(await started).to.equal('START_FAILED');
  });

  describe('of playbooks', () => {
    let books = 0;

    /** A flow whose node calls a playbook of one node. */
    function caller(inner: NodeClass<unknown>): NodeClass<unknown> {
      const graph = line(inner);
      class Book {
        readonly graph = graph;
      }
      Flow({ name: `book-of-the-clock-${++books}` })(Book);
      return node('Caller', (payload, ctx) => ctx.call(Book, payload as never));
    }

    it('R8 a playbook whose start hangs does not hold the stop beyond graceS, and is named', async () => {
      const flow = await bench.run(line(caller(node('Inner', () => 1, { onFlowStart: () => never() }))));
      const code = codeOf(flow.call(1));
      await settle();
      const stopped = await overAfter(2_000, flow.stop({ graceS: 2 }));
      expect(stopped).to.deep.equal({ drained: false, dropped: 1, stuckNodes: ['Inner'], unflushed: [] });
      expect(await code).to.equal('FLOW_STOPPED');
    });

    it('R8 what is left of graceS after a playbook is for the hooks of the caller', async () => {
      const inner = held('Inner');
      const flow = await bench.run(
        line(
          caller(inner.node),
          node('Last', () => 1, { onFlowStop: () => never() }),
        ),
      );
      const code = codeOf(flow.call(1));
      await settle();
      expect(inner.calls).to.have.length(1);
      const stopping = flow.stop({ graceS: 3 });
      await bench.clock.advance(1_000);
      inner.calls[0]?.resolve('late');
      expect((await overAfter(2_000, stopping)).stuckNodes).to.deep.equal(['Last']);
      expect(await code).to.equal('FLOW_STOPPED');
    });

    it('R8 listeners of a playbook have `flushS`, no more, and are named', async () => {
      const hangs = { name: 'Hangs', types: undefined, listener: () => {}, flush: () => never() };
      const graph = line(pass('Inner'));
      class Book {
        readonly graph = graph;
      }
      Flow({ name: `book-of-the-clock-${++books}`, middlewares: [hangs] })(Book);
      const flow = await bench.run(line(node('Caller', (payload, ctx) => ctx.call(Book, payload as never))));
      await flow.call(1);
      const stopped = await overAfter(1_000, flow.stop({ graceS: 3, flushS: 1 }));
      expect(stopped).to.deep.equal({ ...CLEAN, unflushed: ['Hangs'] });
    });

    it('R11 `timeoutS` of ctx.call covers the start of the playbook', async () => {
      const graph = line(node('Inner', () => 1, { onFlowStart: () => never() }));
      class Book {
        readonly graph = graph;
      }
      Flow({ name: `book-of-the-clock-${++books}` })(Book);
      const flow = await bench.run(
        line(node('Caller', (payload, ctx) => ctx.call(Book, payload as never, { timeoutS: 1 }))),
      );
      const called = flow.call(1);
      called.catch(() => {});
      await bench.clock.advance(999);
      expect(await isPending(called)).to.equal(true);
      await bench.clock.advance(1);
      expect(await isPending(called)).to.equal(false);
      expect(await codeOf(called)).to.equal('DEADLINE_EXCEEDED');
      // The start goes on, and each further call waits for it as long as it may.
      const again = codeOf(flow.call(1));
      await bench.clock.advance(1_000);
      expect(await isPending(again)).to.equal(false);
      expect(await again).to.equal('DEADLINE_EXCEEDED');
      const stopped = await overAfter(5_000, flow.stop());
      expect(stopped).to.deep.equal({ ...CLEAN, drained: false, stuckNodes: ['Inner'] });
    });
  });
});
