import { expect } from 'chai';
import { inject } from 'tsyringe';
import type { FlowError } from '#src/errors/flow-error.js';
import { isNodeClass, Node, nodeMetadataOf, type NodeOptions } from '#src/metadata/node.js';
import { OnFlowEvent } from '#src/metadata/on-flow-event.js';
import { thrownBy } from '../support/thrown-by.js';

class Order {}

describe('a decorated class without a name', () => {
  it('is refused, and the hint says how to name it', () => {
    const decorator = Node() as (target: unknown) => void;
    const error = thrownBy(() => decorator((() => class {})()));
    expect(error).to.include({ code: 'INVALID_OPTION', message: '@Node on a class without a name needs `name`' });
    expect(error.hint).to.contain("@Node({ name: '…' })");
  });
});

function decorate(options: object): FlowError {
  class Price {
    process(): number {
      return 1;
    }
  }
  return thrownBy(() => Node(options as NodeOptions<never, never>)(Price));
}

describe('@Node', () => {
  it('says that its parentheses are missing, and what to write', () => {
    class Price {
      process(): number {
        return 1;
      }
    }
    const error = thrownBy(() => Node(Price as never));
    expect(error.message).to.equal('@Node on Price is written without parentheses');
    expect(error.hint).to.equal('Write `@Node()`.');
  });

  it('names what was given in place of its options', () => {
    for (const [given, described] of [
      ['price', '"price"'],
      [null, 'null'],
    ] as const) {
      expect(decorate(given as never).message).to.equal(
        `Expected the options of @Node "Price" to be an object, got ${described}`,
      );
    }
  });

  it('R10 fills in the defaults of the policy and freezes what it writes', () => {
    @Node()
    class Price {
      process(): number {
        return 1;
      }
    }
    const metadata = nodeMetadataOf(Price);
    expect(metadata.name).to.equal('Price');
    expect(metadata.policy).to.deep.equal({
      timeoutS: undefined,
      maxRetries: 0,
      backoffBaseS: 0.5,
      backoffMultiplier: 2,
      maxBackoffS: undefined,
      jitter: 'none',
      retryOn: undefined,
      retryBudget: undefined,
      concurrency: 1,
      ordered: false,
      maxPerS: undefined,
      maxLate: undefined,
    });
    expect(metadata.validation).to.deep.equal({
      input: undefined,
      output: undefined,
      validate: 'both',
      whitelist: false,
      forbidNonWhitelisted: false,
      groups: undefined,
    });
    expect([metadata, metadata.policy, metadata.validation].every(Object.isFrozen)).to.equal(true);
  });

  it('keeps what the options say', () => {
    const retryOn = (): boolean => false;
    @Node({
      name: 'price',
      timeoutS: 0.5,
      maxRetries: 2,
      jitter: 'full',
      retryOn,
      concurrency: 4,
      ordered: true,
      input: Order,
      validate: 'in',
    })
    class Price {
      process(_: Order): number {
        return 1;
      }
    }
    const { name, policy, validation } = nodeMetadataOf(Price);
    expect(name).to.equal('price');
    expect(policy).to.include({
      timeoutS: 0.5,
      maxRetries: 2,
      jitter: 'full',
      retryOn,
      concurrency: 4,
      ordered: true,
      backoffBaseS: 0.5,
    });
    expect(validation).to.include({ input: Order, output: undefined, validate: 'in' });
  });

  const wrong: readonly (readonly [object, string])[] = [
    [{ timeoutS: -1 }, 'Expected `timeoutS` of @Node "Price" to be > 0, got -1'],
    [{ timeoutS: Infinity }, 'Expected `timeoutS` of @Node "Price" to be finite and > 0, got Infinity'],
    [{ timeoutS: '5' }, 'Expected `timeoutS` of @Node "Price" to be > 0, got "5"'],
    [{ maxRetries: 1.5 }, 'Expected `maxRetries` of @Node "Price" to be a whole number >= 0, got 1.5'],
    [{ backoffBaseS: -1 }, 'Expected `backoffBaseS` of @Node "Price" to be >= 0, got -1'],
    [{ backoffMultiplier: 0 }, 'Expected `backoffMultiplier` of @Node "Price" to be > 0, got 0'],
    [{ maxBackoffS: NaN }, 'Expected `maxBackoffS` of @Node "Price" to be >= 0, got NaN'],
    [{ jitter: 'some' }, 'Expected `jitter` of @Node "Price" to be \'none\' or \'full\', got "some"'],
    [{ retryOn: true }, 'Expected `retryOn` of @Node "Price" to be a function, got true'],
    [{ concurrency: 0 }, 'Expected `concurrency` of @Node "Price" to be a whole number >= 1, got 0'],
    [{ ordered: 1 }, 'Expected `ordered` of @Node "Price" to be true or false, got 1'],
    [{ validate: 'all' }, "Expected `validate` of @Node \"Price\" to be 'both', 'in', 'out' or 'none', got \"all\""],
    [
      { input: 'Order' },
      'Expected `input` of @Node "Price" to be a class, a Standard Schema, arrayOf(…) or oneOf(…), got "Order"',
    ],
    [
      { output: {} },
      'Expected `output` of @Node "Price" to be a class, a Standard Schema, arrayOf(…) or oneOf(…), got an object of class Object',
    ],
    [{ whitelist: 1 }, 'Expected `whitelist` of @Node "Price" to be true or false, got 1'],
    [{ whitelist: true }, 'Expected `whitelist` of @Node "Price" to be left out where no class is validated, got true'],
    [{ interceptors: Order }, 'Expected `interceptors` of @Node "Price" to be an array, got function Order'],
    [
      { interceptors: [{}] },
      'Expected `interceptors` of @Node "Price" to be a list of classes or objects with `intercept`, got an object of class Object',
    ],
    [{ name: '' }, 'Expected `name` of @Node "Price" to be a non-empty string, got ""'],
    [{ timeout: 5 }, 'Unknown option `timeout` of @Node "Price"'],
  ];
  for (const [options, message] of wrong) {
    it(`refuses ${JSON.stringify(options)} while the decorator runs`, () => {
      const error = decorate(options);
      expect(error.code).to.equal('INVALID_OPTION');
      expect(error.message).to.equal(message);
    });
  }

  it('refuses the names of the ends of a flow', () => {
    for (const name of ['a\nb', 'a\u0000', '\u001b[31m', 'a\u2028b', '\u202eb', '\u2066b']) {
      expect(decorate({ name }).message).to.contain('without control characters');
    }
    expect(decorate({ name: 'Rookery' }).message).to.contain('OpenSea and Rookery');
  });

  it('lists the known options in the hint for an unknown one', () => {
    expect(decorate({ timeout: 5 }).hint).to.contain('timeoutS');
  });

  it('does not make a node of a subclass: it needs its own @Node, whose options start from the defaults', () => {
    @Node({ maxRetries: 3 })
    class Base {
      process(): number {
        return 1;
      }
    }
    class Plain extends Base {}
    @Node({ timeoutS: 1 })
    class Own extends Base {}
    expect(isNodeClass(Plain)).to.equal(false);
    expect(thrownBy(() => nodeMetadataOf(Plain)).code).to.equal('NODE_NOT_DECORATED');
    expect(nodeMetadataOf(Own).policy).to.include({ timeoutS: 1, maxRetries: 0 });
    expect(nodeMetadataOf(Base).policy.maxRetries).to.equal(3);
  });

  it('explains a class that is undefined by an import in a circle', () => {
    const error = thrownBy(() => nodeMetadataOf(undefined as never));
    expect(error.code).to.equal('NODE_NOT_DECORATED');
    expect(error.hint).to.contain('circle');
  });

  it('refuses an interceptor that is a plain function', () => {
    const error = decorate({ interceptors: [(): number => 1] });
    expect(error.message).to.contain('Expected `interceptors` of @Node "Price" to be a list of classes or objects');
  });

  it('explains an instance and a function that stand for a class', () => {
    class Price {
      process(): number {
        return 1;
      }
    }
    const instance = thrownBy(() => nodeMetadataOf(new Price() as never));
    expect(instance.message).to.equal('Expected a class with @Node in the graph, got an object of class Price');
    expect(instance.hint).to.contain('the class itself');
    const plain = thrownBy(() =>
      nodeMetadataOf(
        (
          () => () =>
            1
        )() as never,
      ),
    );
    expect(plain.message).to.equal('a function without a name is in the graph but has no @Node of its own');
  });
});

describe('the constructor of a decorated class', () => {
  interface Clock {
    now(): number;
  }

  function decorateClass(build: () => unknown): FlowError {
    return thrownBy(build);
  }

  it('is refused when a parameter lost its class, with the class, the position, the name and both fixes', () => {
    const error = decorateClass(() => {
      @Node()
      class Price {
        constructor(
          readonly order: Order,
          readonly clock: Clock,
        ) {}
        process(): number {
          return 1;
        }
      }
      return Price;
    });
    expect(error.code).to.equal('UNRESOLVABLE_DEPENDENCY');
    expect(error.message).to.equal("The class of parameter 1 (clock) of Price's constructor is unknown at run time");
    expect(error.hint).to.contain('import type').and.contain('@inject(TOKEN)');
  });

  it('is refused when a parameter is a plain string, which a container would fill with ""', () => {
    const error = decorateClass(() => {
      @Node()
      class Price {
        constructor(readonly url: string) {}
        process(): number {
          return 1;
        }
      }
      return Price;
    });
    expect(error.code).to.equal('UNRESOLVABLE_DEPENDENCY');
    expect(error.hint).to.contain('@inject(TOKEN)');
  });

  it('is fine when @inject names a token', () => {
    @Node()
    class Price {
      constructor(
        readonly order: Order,
        @inject('clock') readonly clock: Clock,
      ) {}
      process(): number {
        return 1;
      }
    }
    expect(isNodeClass(Price)).to.equal(true);
  });

  it('is refused with METADATA_MISSING when the build emitted no types, unless @inject names every parameter', () => {
    // What a loader that strips types leaves: the decorator runs, `design:paramtypes` is missing.
    class Stripped {
      constructor(
        readonly order: unknown,
        readonly clock: unknown,
      ) {}
      process(): number {
        return 1;
      }
    }
    const error = decorateClass(() => Node()(Stripped));
    expect(error.code).to.equal('METADATA_MISSING');
    expect(error.hint).to.contain('tsx').and.contain('Vitest 4 emits it with Vite 8').and.contain('`unplugin-swc`');
    inject('order')(Stripped, undefined, 0);
    expect(decorateClass(() => Node()(Stripped)).code).to.equal('METADATA_MISSING');
    inject('clock')(Stripped, undefined, 1);
    Node()(Stripped);
    expect(isNodeClass(Stripped)).to.equal(true);
  });

  it('is told of standard decorators: they know no types', () => {
    class Stripped {
      constructor(readonly order: unknown) {}
      process(): number {
        return 1;
      }
    }
    const decorate = Node() as (target: unknown, context: unknown) => void;
    const error = decorateClass(() => decorate(Stripped, { kind: 'class', name: 'Stripped' }));
    expect(error.code).to.equal('METADATA_MISSING');
    expect(error.hint).to.match(/standard decorators.*set `experimentalDecorators` and `emitDecoratorMetadata`/);
    const listen = OnFlowEvent('node_failed') as (target: unknown, context: unknown) => void;
    const method = decorateClass(() => listen(() => {}, { kind: 'method', name: 'onTrouble' }));
    expect(method).to.include({ code: 'METADATA_MISSING', hint: error.hint });
    expect(method.message).to.equal('@OnFlowEvent on onTrouble was called as a standard decorator');
  });

  it('is told to drop `type` where `import type` lost the class of a parameter', () => {
    class Lost {
      constructor(readonly order: unknown) {}
      process(): number {
        return 1;
      }
    }
    // What the compiler emits for a class that was imported so.
    Reflect.defineMetadata('design:paramtypes', [Function], Lost);
    const error = decorateClass(() => Node()(Lost));
    expect(error.code).to.equal('UNRESOLVABLE_DEPENDENCY');
    expect(error.hint).to.match(/^Drop `type` from the import of the class/);
  });
});
