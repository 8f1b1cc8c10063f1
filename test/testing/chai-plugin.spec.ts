import { expect, use } from 'chai';
import { Flow, Node, start, type FlowErrorCode, type NodeContext } from '#src/index.js';
import { expectNodeSequence, penguiflowChai, runOne, simulateError, type Recorded } from '#src/testing/index.js';
import { thrownBy } from '../support/thrown-by.js';

use(penguiflowChai);

@Node({ name: 'Price' })
class Price {
  process(order: string): string {
    return order;
  }
}
@Flow({ name: 'chai-orders' })
class Orders {
  readonly graph = start(Price);
}

describe('the assertions of penguiflow/testing', () => {
  const subject = 'Expected the subject of the assertion to be a run, a recording or events, got ';
  const asserts: readonly (readonly [string, (given: Recorded) => unknown])[] = [
    ['visited', (given) => expect(given).to.have.visited('Price')],
    ['not visited', (given) => expect(given).to.not.have.visited('Price')],
    ['retried', (given) => expect(given).to.have.retried('Price')],
    ['failedWith', (given) => expect(given).to.have.failedWith()],
    ['not failedWith', (given) => expect(given).to.not.have.failedWith()],
    ['endedAs', (given) => expect(given).to.have.endedAs('failed')],
    ['expectNodeSequence', (given) => expectNodeSequence(given, [])],
  ];
  for (const [name, assert] of asserts) {
    it(`say of a forgotten await that it is one, and of anything else what it is: ${name}`, async () => {
      const running = runOne(Orders, 'o');
      const error = thrownBy(() => assert(running as never));
      expect(error.message).to.equal(`${subject}a promise`);
      expect(error.hint).to.contain('An `await` is missing');
      await running;
      for (const [given, kind] of [
        [undefined, 'undefined'],
        [null, 'null'],
        [{}, 'an object'],
        ['run', '"run"'],
        [runOne, 'the function runOne'],
      ] as const) {
        expect(thrownBy(() => assert(given as never)).message).to.equal(`${subject}${kind}`);
      }
    });
  }

  it('say what they got where the name of a node belongs', async () => {
    const run = await runOne(Orders, 'o');
    const visited = (...names: unknown[]): string =>
      thrownBy(() => expect(run).to.have.visited(...(names as string[]))).message;
    expect(visited([])).to.equal('Expected each argument of visited(…) to be the name of a node, got an array of 0');
    expect(visited(['Price'])).to.contain('got an array of 1');
    expect(visited('Price', Price)).to.contain('got the function Price');
    expect(visited('')).to.contain('got ""');
    expect(visited()).to.contain('the names of nodes, got undefined');
    expect(thrownBy(() => expect(run).to.not.have.visited([] as never)).hint).to.contain("visited('Price', 'Charge')");
    expect(thrownBy(() => expect(run).to.have.retried(Price as never)).message).to.contain('retried(…)');
    expect(thrownBy(() => expect(run).to.have.retried('Price', '2' as never)).message).to.equal(
      'Expected the second argument of retried(…) to be a whole number, got "2"',
    );
  });

  it('R31 know how runs ended, those of playbooks left out', async () => {
    @Node({ name: 'Caller' })
    class Caller {
      process(order: string, ctx: NodeContext): Promise<string> {
        return ctx.call(Orders, order).catch(() => order);
      }
    }
    @Flow({ name: 'chai-callers' })
    class Callers {
      readonly graph = start(Caller);
    }
    const broken = { providers: [{ token: Price, useValue: { process: simulateError(1) } }] } as const;
    const failed = await runOne(Orders, 'o', broken);
    expect(failed).to.have.endedAs('failed').and.failedWith('NODE_EXCEPTION');
    expect(() => expect(failed).to.have.endedAs('succeeded')).to.throw(
      'expected the run to have ended as succeeded, it ended as failed',
    );
    const mended = await runOne(Callers, 'o', broken);
    expect(mended).to.have.endedAs('succeeded');
    expect(mended).to.not.have.endedAs('failed');
    expect(() => expect([]).to.have.endedAs('failed')).to.throw('it has no trace_end');
    // @ts-expect-error -- no status
    expect(thrownBy(() => expect(mended).to.have.endedAs('done')).message).to.contain(
      'to be one of succeeded, failed, deadline, cancelled, stopped, rejected, got "done"',
    );
  });

  it('know the codes of errors, at compile time and when they run', async () => {
    const run = await runOne(Orders, 'o');
    const code: FlowErrorCode = 'NODE_TIMEOUT';
    expect(run).to.not.have.failedWith(code);
    // @ts-expect-error -- misspelt
    expect(thrownBy(() => expect(run).to.not.have.failedWith('NODE_TIMOUT')).message).to.equal(
      'Expected the argument of failedWith(…) to be a code of FLOW_ERRORS, got "NODE_TIMOUT"',
    );
  });
});
