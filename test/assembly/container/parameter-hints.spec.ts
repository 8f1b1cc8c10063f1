import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { inject, injectable } from 'tsyringe';
import { Node } from '#src/metadata/node.js';
import type { FlowError } from '#src/errors/flow-error.js';
import { thrownBy } from '../../support/thrown-by.js';
import { flowOf, useAssembly } from '../support/use-assembly.js';

describe('the hint for a constructor parameter', () => {
  const assembly = useAssembly();

  function refused(node: new (...args: never[]) => { process(): void }): FlowError {
    return thrownBy(() => {
      Node()(node);
      assembly.assemble(flowOf(node));
    });
  }

  /** A node whose one parameter has this type, as the compiler would emit it. */
  function nodeWith(type: unknown): new (...args: never[]) => { process(): void } {
    class Takes {
      constructor(readonly when: unknown) {}
      process(): void {}
    }
    Reflect.defineMetadata('design:paramtypes', [type], Takes);
    return Takes;
  }

  for (const type of [Date, Map, Set, WeakMap, RegExp, Error, URL, Uint8Array, ArrayBuffer, AbortController, Buffer]) {
    it(`that is a ${type.name} asks for a token, and not for @injectable() on ${type.name}`, () => {
      const error = refused(nodeWith(type));
      expect(error.code).to.equal('UNRESOLVABLE_DEPENDENCY');
      expect(error.message).to.equal(`Takes -> parameter 0 (when) asks for ${type.name}, which nobody provides`);
      expect(error.hint).to.equal(
        `The container cannot make up the ${type.name} that is meant: name a token with \`@inject(TOKEN)\` and provide it in \`providers\`.`,
      );
    });
  }

  for (const type of [Array, Promise, String, Number, Boolean, Symbol, BigInt]) {
    it(`that is a ${type.name} asks for a token while the decorator runs`, () => {
      const error = refused(nodeWith(type));
      expect(error.message).to.equal("The class of parameter 0 (when) of Takes's constructor is unknown at run time");
      expect(error.hint).to.contain('name a token with `@inject(TOKEN)`').and.not.contain('@injectable');
    });
  }

  it('that is one of the platform is none where somebody provides it', () => {
    const now = new Date();
    const Takes = nodeWith(Date);
    Node()(Takes);
    const { nodes } = assembly.assemble(flowOf(Takes), { providers: [{ token: Date, useValue: now }] });
    expect(nodes.get('Takes')).to.have.property('when', now);
  });

  it('that is a class of the program is none, though it hangs on globalThis', () => {
    class Catalog {}
    Object.assign(globalThis, { Catalog });
    const Takes = nodeWith(Catalog);
    Node()(Takes);
    expect(assembly.assemble(flowOf(Takes)).nodes.get('Takes'))
      .to.have.property('when')
      .that.is.instanceOf(Catalog);
    Reflect.deleteProperty(globalThis, 'Catalog');
  });

  it('that is an interface, or was lost, asks for the import', () => {
    expect(refused(nodeWith(Object)).hint).to.contain('import type');
    expect(refused(nodeWith(undefined)).hint).to.contain('import type');
    expect(refused(nodeWith(Function)).hint).to.contain('import type');
  });

  it('with a default value says that it is never used, and how it can be', () => {
    class Rate {
      constructor(
        @inject('url') readonly url: string,
        readonly rate = 0.2,
      ) {}
      process(): void {}
    }
    class Options {
      constructor(readonly options = { rate: [1, 2], text: 'a,b)', more: (x: number) => x }) {}
      process(): void {}
    }
    class Later {
      constructor(readonly now = () => 1) {}
      process(): void {}
    }
    @injectable()
    class Deep {
      constructor(readonly rate = 0.2) {}
    }
    class Uses {
      constructor(readonly deep: Deep) {}
      process(): void {}
    }
    for (const [Class, parameter] of [
      [Rate, 'parameter 1 (rate)'],
      [Options, 'parameter 0 (options)'],
      [Later, 'parameter 0 (now)'],
      [Uses, 'Uses -> Deep -> parameter 0 (rate)'],
    ] as const) {
      Reflect.defineMetadata(
        'design:paramtypes',
        Class === Uses ? [Deep] : Class === Rate ? [String, Number] : [Object],
        Class,
      );
      const error = refused(Class);
      expect(error.message).to.contain(parameter);
      expect(error.hint).to.equal(
        'The container passes every parameter, so the default is never used: name a token with `@inject(TOKEN, { isOptional: true })`, and it ' +
          'holds where nobody provides that; or make it a field.',
      );
    }
  });

  it('behind one with a default value is its own', () => {
    class Takes {
      constructor(
        @inject('rate', { isOptional: true }) readonly rate: number = 0.2,
        readonly db: unknown,
      ) {}
      process(): void {}
    }
    Reflect.defineMetadata('design:paramtypes', [Number, Object], Takes);
    const error = refused(Takes);
    expect(error.message).to.contain('parameter 1 (db)');
    expect(error.hint).to.contain('if the type is an interface');
  });

  it('of a class without a decorator names both ways, for one that is not yours', () => {
    @Node()
    class Listens {
      constructor(readonly events: EventEmitter) {}
      process(): void {}
    }
    const error = thrownBy(() => assembly.assemble(flowOf(Listens)));
    expect(error.hint).to.equal(
      'Put `@injectable()` on EventEmitter if it is yours; otherwise add `{ token: EventEmitter, useFactory: () => new EventEmitter(…) }` ' +
        'to the `providers` of createFlow.',
    );
  });
});
