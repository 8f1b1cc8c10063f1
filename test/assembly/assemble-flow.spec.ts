import { expect } from 'chai';
import { container as globalContainer, singleton } from 'tsyringe';
import { start } from '#src/graph/start.js';
import { uncheckedGraph } from '#src/graph/unchecked-graph.js';
import { Flow } from '#src/metadata/flow.js';
import { Node } from '#src/metadata/node.js';
import type { AnyProvider } from '#src/ports/provider.js';
import { CLOCK } from '#src/ports/tokens.js';
import { flowOf, Orders, Price, useAssembly } from './support/use-assembly.js';

describe('assembleFlow', () => {
  const assembly = useAssembly();

  it('builds a flow from injected services that nobody registered', () => {
    class Catalog {
      readonly price = 3;
    }
    @Node()
    class Price {
      constructor(readonly catalog: Catalog) {}
      process(): number {
        return this.catalog.price;
      }
    }
    const Orders = flowOf(Price);
    const parts = assembly.assemble(Orders);
    expect((parts.nodes.get('Price') as unknown as Price).catalog).to.be.instanceOf(Catalog);
    expect(parts.plan.flowName).to.equal('Orders');
    expect(Object.isFrozen(parts)).to.equal(true);
  });

  it('resolves the flow class itself, so a graph may depend on injected configuration', () => {
    class Settings {
      readonly audit: boolean = false;
    }
    @Node()
    class A {
      process(): number {
        return 1;
      }
    }
    @Node()
    class B {
      process(_: number): void {}
    }
    @Flow()
    class Orders {
      readonly graph;
      constructor(settings: Settings) {
        this.graph = uncheckedGraph(settings.audit ? [[A, [B]]] : [[A, []]]);
      }
    }
    expect(assembly.assemble(Orders).plan.nodes).to.have.length(1);
    const providers: readonly AnyProvider[] = [{ token: Settings, useValue: { audit: true } }];
    expect(assembly.assemble(Orders, { providers }).plan.nodes).to.have.length(2);
  });

  it('registers nothing outside of the flow', () => {
    assembly.assemble(Orders, { providers: [{ token: 'url', useValue: 'x' }] });
    for (const token of [Price, Orders, 'url', CLOCK]) {
      expect(assembly.root.isRegistered(token as never, true)).to.equal(false);
      expect(globalContainer.isRegistered(token as never, true)).to.equal(false);
    }
  });

  it('builds each node once per flow, also where another service asks for it and though it is a singleton elsewhere', () => {
    @singleton()
    @Node()
    class Report {
      constructor(readonly price: Price) {}
      process(_: number): number {
        return 1;
      }
    }
    @Flow()
    class Orders {
      readonly graph = start(Price).to(Report);
    }
    const [one, two] = [assembly.assemble(Orders), assembly.assemble(Orders)];
    expect((one.nodes.get('Report') as unknown as Report).price).to.equal(one.nodes.get('Price'));
    expect(one.nodes.get('Price')).not.to.equal(two.nodes.get('Price'));
  });
});
