import { expect } from 'chai';
import { inject, injectable } from 'tsyringe';
import { start } from '#src/graph/start.js';
import { Flow } from '#src/metadata/flow.js';
import { Node } from '#src/metadata/node.js';
import type { NodeResolver } from '#src/ports/node-resolver.js';
import type { Token } from '#src/ports/token.js';
import { SystemClock } from '#src/scheduling/system-clock.js';
import { CLOCK } from '#src/ports/tokens.js';
import { flowOf, Orders, Price, useAssembly } from './support/use-assembly.js';

describe('services of a flow', () => {
  const assembly = useAssembly();

  it('takes values, classes, factories and aliases; what is built is built once per flow', () => {
    interface Logger {
      readonly name: string;
    }
    class Impl implements Logger {
      readonly name = 'impl';
    }
    let made = 0;
    @Node()
    class Price {
      constructor(
        @inject('value') readonly value: string,
        @inject('class') readonly logger: Logger,
        @inject('class') readonly again: Logger,
        @inject('made') readonly made: { readonly logger: Logger },
        @inject('alias') readonly alias: Logger,
      ) {}
      process(): number {
        return 1;
      }
    }
    @Node()
    class Next {
      constructor(@inject('made') readonly made: object) {}
      process(_: number): void {}
    }
    @Flow()
    class Orders {
      readonly graph = start(Price).to(Next);
    }
    const { nodes } = assembly.assemble(Orders, {
      providers: [
        { token: 'value', useValue: 'v' },
        { token: 'class', useClass: Impl },
        { token: 'made', useFactory: (services) => ({ logger: services.resolve<Logger>('class'), nth: ++made }) },
        { token: 'alias', useToken: 'class' },
      ],
    });
    const price = nodes.get('Price') as unknown as Price;
    expect(price.value).to.equal('v');
    expect([price.again, price.alias, price.made.logger].every((logger) => logger === price.logger)).to.equal(true);
    expect(made).to.equal(1);
  });

  it('prefers providers to the container, and the container to the defaults', () => {
    expect(assembly.assemble(Orders).clock).to.be.instanceOf(SystemClock);
    const [theirs, mine] = [new SystemClock(), new SystemClock()];
    assembly.root.register(CLOCK, { useValue: theirs });
    expect(assembly.assemble(Orders).clock).to.equal(theirs);
    expect(assembly.assemble(Orders, { providers: [{ token: CLOCK, useValue: mine }] }).clock).to.equal(mine);
    expect(assembly.assemble(Orders).log).to.equal(assembly.log);
  });

  it('replaces a node that a provider binds, for tests', () => {
    const fake = { process: () => 2 };
    expect(assembly.assemble(Orders, { providers: [{ token: Price, useValue: fake }] }).nodes.get('Price')).to.equal(
      fake,
    );
  });

  it("builds a parent's singleton from the parent's services and shares it", () => {
    @injectable()
    class Pool {
      constructor(@inject('url') readonly url: string) {}
    }
    assembly.root.register('url', { useValue: 'theirs' });
    assembly.root.registerSingleton(Pool);
    @Node()
    class Price {
      constructor(readonly pool: Pool) {}
      process(): number {
        return 1;
      }
    }
    const Orders = flowOf(Price);
    const { nodes } = assembly.assemble(Orders, { providers: [{ token: 'url', useValue: 'mine' }] });
    const { pool } = nodes.get('Price') as unknown as Price;
    expect(pool.url).to.equal('theirs');
    expect(assembly.root.resolve(Pool)).to.equal(pool);
  });

  it('asks a resolver of its own for everything, and no tsyringe', async () => {
    @Node()
    class Price {
      constructor(@inject('nowhere') readonly url: string) {}
      process(): number {
        return 1;
      }
    }
    const Orders = flowOf(Price);
    const asked: Token[] = [];
    let disposed = 0;
    const price = new Price('theirs');
    const resolver: NodeResolver = {
      resolve: <T>(token: Token<T>): T => {
        asked.push(token);
        return ((token as unknown) === Price ? price : new Orders()) as T;
      },
      dispose: async () => {
        disposed += 1;
      },
    };
    const parts = assembly.assemble(Orders, { resolver });
    expect(parts.nodes.get('Price')).to.equal(price);
    expect(parts.clock).to.be.instanceOf(SystemClock);
    expect(asked).to.deep.equal([Orders, Price]);
    await parts.dispose();
    expect(disposed).to.equal(1);
  });
});
