import { expect } from 'chai';
import { Flow, Message, type FlowError, type NodeClass, type NodeContext } from '#src/index.js';
import { deferred } from '../support/deferred.js';
import { useFlows, type TestFlow } from '../support/flows.js';
import { line, node, pass, rows } from '../support/nodes.js';
import { failureOf, settle } from '../support/settling.js';

class Known {}
class Other {}

/** The lines of a stack that lead into the library. */
function framesOfOurs({ stack = '' }: Error): readonly string[] {
  return stack.split('\n').filter((frame) => /^\s+at .*src[/\\]/.test(frame));
}

/** An iterable that was written by hand. */
function iterable(iterator: unknown): AsyncIterable<unknown> {
  return { [Symbol.asyncIterator]: () => iterator } as AsyncIterable<unknown>;
}

describe('what a node returns and cannot', () => {
  const bench = useFlows();

  /** Runs a node before a branch for instances of `Known`. */
  function branching(top: NodeClass): Promise<TestFlow> {
    return bench.run(rows([[top, [{ to: pass('B'), on: Known }]]]));
  }

  async function failureWith(process: (payload: unknown, ctx: NodeContext) => unknown): Promise<FlowError> {
    return failureOf((await branching(node('Top', process))).call(1));
  }

  for (const [kind, value, hint] of [
    ['an instance of Other', new Other(), 'Add `.on(Other, …)` for its class;'],
    ['a plain object', { a: 'secret' }, '`.on(Known, …)` goes by the class: return `new Known(…)`, or have `output`'],
    ['a plain object', { constructor: { name: 'secret' } }, '`.on(Known, …)` goes by the class'],
    ['an array', ['secret'], 'Only instances go by their class: add a `.when(…)` for it;'],
    ['a string', 'secret', 'Only instances go by their class'],
    ['null', null, 'Only instances go by their class'],
  ] as const) {
    it(`R14b says the class of the node, the kind and the fix when no branch takes ${kind}: ${JSON.stringify(value)}`, async () => {
      for (const process of [
        () => value,
        async () => value,
        async function* (): AsyncGenerator {
          yield value;
        },
        (_: unknown, ctx: NodeContext) => ctx.message.with({ payload: value }),
      ]) {
        const failure = await failureWith(process);
        expect(failure.code).to.equal('UNROUTED_MESSAGE');
        expect(failure.message).to.equal(
          `Node "Top" (class TestNode) emitted ${kind}, which none of its branches takes: Known`,
        );
        expect(failure.hint).to.contain(hint);
        expect(failure.hint).to.contain('`.otherwise(…)` after the branches of `.from(TestNode)` takes the rest.');
        expect(framesOfOurs(failure)).to.deep.equal([]);
        expect(JSON.stringify(failure)).not.to.contain('secret');
      }
    });
  }

  it('R14b says so of branches with predicates', async () => {
    const flow = await bench.run(rows([[pass('Top'), [{ to: pass('B'), when: () => false }]]]));
    const failure = await failureOf(flow.call(1));
    expect(failure.hint).to.match(/^Make one of its `\.when\(…\)` predicates true for it;/);
    expect(framesOfOurs(failure)).to.deep.equal([]);
    const late = await bench.run(rows([[pass('Top'), [{ to: pass('B'), when: (async () => true) as never }]]]));
    expect(framesOfOurs(await failureOf(late.call(1)))).to.deep.equal([]);
  });

  it('R14b shows no frames of its own of what else is wrong with a value', async () => {
    const stranger = new Message(1, { traceId: 'other' });
    for (const [process, said] of [
      [() => stranger, /emitted a Message of trace other/],
      [async () => stranger, /emitted a Message of trace other/],
      [
        () => iterable(undefined),
        /Expected \[Symbol\.asyncIterator\]\(\) of what node "Top" returned to give an iterator/,
      ],
      [() => iterable({}), /to give an iterator, got an object of class Object/],
      [() => iterable({ next: () => 5 }), /Expected next\(\) of what node "Top" returned to give/],
    ] as const) {
      const failure = await failureWith(process);
      expect(failure.message).to.match(said);
      expect(framesOfOurs(failure)).to.deep.equal([]);
      if (failure.cause !== undefined) expect(framesOfOurs(failure.cause as FlowError)).to.deep.equal([]);
    }
  });

  it('R14b leads to the emit that is refused, also where it had to wait for its turn', async () => {
    const first = deferred<undefined>();
    async function strays(payload: unknown, ctx: NodeContext): Promise<unknown> {
      if (payload === 1) return first.promise;
      await ctx.emit(new Other());
      return undefined;
    }
    const flow = await branching(node('Top', strays, { concurrency: 2, ordered: true }));
    const [one, two] = [failureOf(flow.call(1)), failureOf(flow.call(2))];
    await settle();
    first.resolve(undefined);
    expect((await one).code).to.equal('NO_RESULT');
    const { code, stack } = await two;
    expect(code).to.equal('UNROUTED_MESSAGE');
    expect(stack).to.match(/^FlowError.*\n\s+at async .*strays/);
  });

  it('R14 goes by the class of a payload, and not by a `constructor` of its own', async () => {
    const flow = await bench.run(
      rows([
        [
          pass('Top'),
          [
            { to: node('Instances', () => 'instance'), on: Known },
            { to: node('Rest', () => 'rest'), otherwise: true },
          ],
        ],
      ]),
    );
    expect(await flow.call({ constructor: Known })).to.equal('rest');
    expect(await flow.call(new Known())).to.equal('instance');
    expect(await flow.call(Object.assign(new Known(), { constructor: 'x' }))).to.equal('instance');
    expect(await flow.call(Object.create(null))).to.equal('rest');
  });

  class Playbook {
    readonly graph = line(pass('Inner'));
  }
  Flow({ name: 'wrong-results' })(Playbook);

  it('R1 a promise that a node sends as a payload is refused, and what cannot be looked at', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const [payload, said] of [
      [Promise.resolve(1), 'is a promise'],
      [{ then: (): void => {} }, 'is a promise'],
      [proxy, 'cannot be looked at'],
    ] as const) {
      for (const process of [
        (_: unknown, ctx: NodeContext) => ctx.emit(payload),
        (_: unknown, ctx: NodeContext) => ctx.message.with({ payload }),
        (_: unknown, ctx: NodeContext) => ctx.call(Playbook, payload),
        () => iterable({ next: async () => ({ value: payload, done: false }) }),
      ]) {
        const flow = await bench.run(line(node('Top', process), pass('B')));
        const failure = await failureOf(flow.call(1));
        const { code, message } = failure.cause as FlowError;
        expect(code).to.equal('INVALID_MESSAGE');
        expect(message).to.contain(said);
      }
    }
  });
});
