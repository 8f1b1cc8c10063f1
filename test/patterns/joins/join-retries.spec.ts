import { expect } from 'chai';

import { joinFrom, joinK, Node, type Message } from '#src/index.js';
import { testContext } from '#src/testing/index.js';

type Joined = Message<string[]> | undefined;

@Node({ name: 'several', concurrency: 4, maxRetries: 3 })
class Several extends joinK<string>('join', 2) {}

describe('a join that is tried again', () => {
  for (const [kind, Join] of Object.entries({
    'a join': joinK<string>('join', 2),
    'a class that extends one': Several,
  })) {
    it(`R10 R19 ${kind} gives the result of the same delivery again, of no other`, () => {
      const join = new Join();
      const first = testContext({ delivery: 0 });
      const at = (delivery: number, attempt = 0): ReturnType<typeof testContext> =>
        testContext({ delivery, attempt, message: first.message });
      void join.process('a', first);
      const result = join.process('b', at(1)) as Joined;
      expect(result?.payload).to.deep.equal(['a', 'b']);
      expect(join.process('b', at(1, 1))).to.equal(result);
      expect(join.process('b', at(1, 2))).to.equal(result);
      expect(join.process('c', at(2))).to.equal(undefined);
      expect((join.process('d', at(3)) as Joined)?.payload).to.deep.equal(['c', 'd']);
    });
  }

  it('R10 R19 with several messages at a time it gives the result again also when others came in between', () => {
    const join = new Several();
    const messages = [0, 1, 2, 3].map((delivery) => testContext({ delivery }).message.with({ traceId: 't' }));
    const at = (delivery: number, attempt = 0): never =>
      testContext({ delivery, attempt, message: messages[delivery] as Message }) as never;
    void join.process('a', at(0));
    const one = join.process('b', at(1));
    void join.process('c', at(2));
    const two = join.process('d', at(3));
    expect(join.process('b', at(1, 1))).to.equal(one);
    expect(join.process('d', at(3, 1))).to.equal(two);
  });

  it('R19 another message with a number that was there is no retry', () => {
    const join = new (joinK<string>('join', 1))();
    for (const payload of ['a', 'b']) {
      const message = testContext().message.with({ traceId: 't' });
      expect((join.process(payload, testContext({ message })) as Joined)?.payload).to.deep.equal([payload]);
    }
  });

  it('R10 R19 joinFrom gives the result of the same delivery again', () => {
    const join = new (joinFrom('offer', ['Stock', 'Credit']))();
    const stock = testContext({ delivery: 0, source: 'Stock' });
    const credit = (attempt: number): never =>
      testContext({ delivery: 1, source: 'Credit', attempt, message: stock.message }) as never;
    void join.process(1 as never, stock as never);
    const result = join.process(2 as never, credit(0)) as unknown as Message;
    expect(result.payload).to.deep.equal([1, 2]);
    expect(join.process(2 as never, credit(1))).to.equal(result);
  });
});
