import { expect } from 'chai';
import { delay, inject, injectable } from 'tsyringe';
import { Node } from '#src/metadata/node.js';
import type { AnyProvider } from '#src/ports/provider.js';
import { thrownBy } from '../../support/thrown-by.js';
import { flowOf, useAssembly } from '../support/use-assembly.js';

describe('what cannot be provided', () => {
  const assembly = useAssembly();

  it('is named with the whole way to it and the fix, before anything is built', () => {
    let built = 0;
    @injectable()
    class Catalog {
      constructor(@inject('db') readonly db: object) {}
    }
    class Early {
      constructor() {
        built += 1;
      }
    }
    @Node()
    class Price {
      constructor(
        readonly early: Early,
        readonly catalog: Catalog,
      ) {}
      process(): number {
        return 1;
      }
    }
    const Orders = flowOf(Price);
    const error = thrownBy(() => assembly.assemble(Orders));
    expect(error.code).to.equal('UNRESOLVABLE_DEPENDENCY');
    expect(error.message).to.equal('Price -> Catalog -> parameter 0 (db) asks for "db", which nobody provides');
    expect(error.hint).to.contain('providers');
    expect(built).to.equal(0);
  });

  it('may be a class without a decorator', () => {
    class Catalog {
      constructor(readonly db: Date) {}
    }
    @Node()
    class Price {
      constructor(readonly catalog: Catalog) {}
      process(): number {
        return 1;
      }
    }
    const Orders = flowOf(Price);
    const error = thrownBy(() => assembly.assemble(Orders));
    expect(error.message).to.contain('Price -> Catalog -> parameter 0 (db)');
    expect(error.hint).to.contain('`@injectable()` on Catalog');
  });

  it('may be an interface deep down', () => {
    interface Db {
      readonly db: true;
    }
    @injectable()
    class Catalog {
      constructor(readonly db: Db) {}
    }
    @Node()
    class Price {
      constructor(readonly catalog: Catalog) {}
      process(): number {
        return 1;
      }
    }
    const Orders = flowOf(Price);
    expect(thrownBy(() => assembly.assemble(Orders)).message).to.contain('Price -> Catalog -> parameter 0 (db)');
  });

  it('may be two services that need each other, unless one is delayed', () => {
    @injectable()
    class Hen {
      constructor(@inject('egg') readonly egg: object) {}
    }
    @injectable()
    class Egg {
      constructor(readonly hen: Hen) {}
    }
    @Node()
    class Farm {
      constructor(readonly egg: Egg) {}
      process(): number {
        return 1;
      }
    }
    const Farming = flowOf(Farm);
    const error = thrownBy(() => assembly.assemble(Farming, { providers: [{ token: 'egg', useToken: Egg }] }));
    expect(error.message).to.contain('Farm -> Egg -> Hen -> Egg');
    @injectable()
    class Chick {
      constructor(@inject(delay(() => Chick)) readonly self: Chick) {}
    }
    @Node()
    class Coop {
      constructor(readonly chick: Chick) {}
      process(): number {
        return 1;
      }
    }
    const Cooping = flowOf(Coop);
    expect(assembly.assemble(Cooping).nodes.size).to.equal(1);
  });

  it('keeps what a constructor threw as the cause', () => {
    const cause = new TypeError('no disk');
    @Node()
    class Price {
      constructor() {
        throw cause;
      }
      process(): number {
        return 1;
      }
    }
    const Orders = flowOf(Price);
    const error = thrownBy(() => assembly.assemble(Orders));
    expect(error.message).to.equal('Cannot build Price: TypeError: no disk');
    expect(error.cause).to.equal(cause);
  });

  it('R14b keeps what the constructor or the factory of a service on the way threw, with its stack', () => {
    const cause = new TypeError('no disk');
    @injectable()
    class Disk {
      constructor() {
        throw cause;
      }
    }
    @injectable()
    class Catalog {
      constructor(readonly disk: Disk) {}
    }
    @Node()
    class Price {
      constructor(readonly catalog: Catalog) {}
      process(): number {
        return 1;
      }
    }
    const Orders = flowOf(Price);
    const error = thrownBy(() => assembly.assemble(Orders));
    expect(error.code).to.equal('UNRESOLVABLE_DEPENDENCY');
    expect(error.message).to.contain('Cannot build Price').and.contain('"catalog"').and.contain('no disk');
    expect(error.cause).to.equal(cause);
    const failing = thrownBy(() =>
      assembly.assemble(Orders, {
        providers: [
          {
            token: Disk,
            useFactory: () => {
              throw cause;
            },
          },
        ],
      }),
    );
    expect(failing.cause).to.equal(cause);
  });

  it('R14b what a factory does without is not the cause of a later failure', () => {
    const cause = new TypeError('no disk');
    @injectable()
    class Cache {
      constructor() {
        throw new Error('no cache');
      }
    }
    @Node()
    class Price {
      constructor(
        @inject('cache') readonly cache: unknown,
        @inject('name') readonly name: string,
      ) {
        throw cause;
      }
      process(): number {
        return 1;
      }
    }
    const withoutCache: AnyProvider = {
      token: 'cache',
      useFactory: (services) => {
        try {
          return services.resolve(Cache);
        } catch {
          return undefined;
        }
      },
    };
    const providers = [withoutCache, { token: 'name', useValue: 'n' }];
    const error = thrownBy(() => assembly.assemble(flowOf(Price), { providers }));
    expect(error.cause).to.equal(cause);
  });

  it('does not trip over an optional token or an inherited constructor', () => {
    @Node()
    class Base {
      process(): number {
        return 0;
      }
      constructor(
        @inject('url') readonly url: string,
        @inject('no', { isOptional: true }) readonly no?: string,
      ) {}
    }
    @Node()
    class Price extends Base {
      override process(): number {
        return 1;
      }
    }
    const Orders = flowOf(Price);
    const price = assembly
      .assemble(Orders, { providers: [{ token: 'url', useValue: 'u' }] })
      .nodes.get('Price') as unknown as Price;
    expect([price.url, price.no]).to.deep.equal(['u', undefined]);
  });
});
