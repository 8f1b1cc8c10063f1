import { expect } from 'chai';
import { start } from '#src/graph/start.js';
import { Flow, flowMetadataOf, type FlowOptions } from '#src/metadata/flow.js';
import { Node } from '#src/metadata/node.js';
import { thrownBy } from '../support/thrown-by.js';

@Node()
class Only {
  process(): number {
    return 1;
  }
}

describe('@Flow', () => {
  it('says that its parentheses are missing, and what to write', () => {
    class Orders {
      readonly graph = start(Only);
    }
    const error = thrownBy(() => Flow(Orders as never));
    expect(error.message).to.equal('@Flow on Orders is written without parentheses');
    expect(error.hint).to.equal('Write `@Flow()`.');
  });

  it('R4 fills in the defaults and freezes what it writes', () => {
    @Flow()
    class Orders {
      readonly graph = start(Only);
    }
    const metadata = flowMetadataOf(Orders);
    expect(metadata).to.deep.equal({
      name: 'Orders',
      middlewares: [],
      interceptors: [],
      concurrency: undefined,
      queueMaxsize: 64,
      deliverFailures: true,
      afterFailure: undefined,
      maxLoop: 1_000_000,
      blockedMs: 100,
      stuckAfterS: 60,
      stallS: 10,
      chunkStallS: 30,
      allowCycles: false,
    });
    expect(Object.isFrozen(metadata) && Object.isFrozen(metadata.middlewares)).to.equal(true);
  });

  it('R4 accepts a capacity of 0 or less, which means unbounded', () => {
    @Flow({ queueMaxsize: -1 })
    class Orders {
      readonly graph = start(Only);
    }
    expect(flowMetadataOf(Orders).queueMaxsize).to.equal(-1);
  });

  for (const [options, message] of [
    [{ queueMaxsize: 1.5 }, 'Expected `queueMaxsize` of @Flow "Orders" to be a whole number, got 1.5'],
    [{ allowCycles: 'yes' }, 'Expected `allowCycles` of @Flow "Orders" to be true or false, got "yes"'],
    [
      { afterFailure: 'stop' as never },
      `Expected \`afterFailure\` of @Flow "Orders" to be 'cancel' or 'continue', got "stop"`,
    ],
    [{ deliverFailures: 1 }, 'Expected `deliverFailures` of @Flow "Orders" to be true or false, got 1'],
    [{ middlewares: 'all' }, 'Expected `middlewares` of @Flow "Orders" to be an array, got "all"'],
    [{ stuckAfterS: -1 }, 'Expected `stuckAfterS` of @Flow "Orders" to be >= 0, got -1'],
    [{ stallS: '10' }, 'Expected `stallS` of @Flow "Orders" to be >= 0, got "10"'],
    [{ chunkStallS: Infinity }, 'Expected `chunkStallS` of @Flow "Orders" to be finite and >= 0, got Infinity'],
    [{ name: 3 }, 'Expected `name` of @Flow "Orders" to be a non-empty string, got 3'],
    [{ name: null }, 'Expected `name` of @Flow "Orders" to be a non-empty string, got null'],
    [{ queueSize: 3 }, 'Unknown option `queueSize` of @Flow "Orders"'],
  ] as const) {
    it(`refuses ${JSON.stringify(options)} while the decorator runs`, () => {
      class Orders {
        readonly graph = start(Only);
      }
      const named = (): void => Flow(options as unknown as FlowOptions)(Orders);
      const { code, message: actual } = thrownBy(named);
      expect(code).to.equal('INVALID_OPTION');
      expect(actual.replace('@Flow "3"', '@Flow "Orders"')).to.equal(message);
    });
  }

  it('names the new name of an option that has been renamed', () => {
    class Orders {
      readonly graph = start(Only);
    }
    const former = thrownBy(() => Flow({ emitErrorsToRookery: true } as unknown as FlowOptions)(Orders));
    expect(former.message).to.equal('Unknown option `emitErrorsToRookery` of @Flow "Orders"');
    expect(former.hint).to.match(/^It is called `deliverFailures` now\. Known options: name, /);
  });

  it('explains an instance, and a class that is undefined by an import in a circle', () => {
    class Orders {
      readonly graph = start(Only);
    }
    const instance = thrownBy(() => flowMetadataOf(new Orders() as never));
    expect(instance.message).to.equal('Expected a class with @Flow, got an object of class Orders');
    expect(instance.hint).to.contain('the class itself');
    const missing = thrownBy(() => flowMetadataOf(undefined as never));
    expect(missing.message).to.equal('Expected a class with @Flow, got undefined');
    expect(missing.hint).to.contain('circle');
  });

  it('does not make a flow of a subclass', () => {
    @Flow()
    class Orders {
      readonly graph = start(Only);
    }
    class Special extends Orders {}
    const error = thrownBy(() => flowMetadataOf(Special));
    expect(error.code).to.equal('FLOW_NOT_DECORATED');
    expect(error.message).to.contain('Special');
  });
});
