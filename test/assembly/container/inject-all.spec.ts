import { expect } from 'chai';
import fc from 'fast-check';
import {
  inject,
  injectable,
  injectAll,
  injectAllWithTransform,
  injectWithTransform,
  instanceCachingFactory,
  Lifecycle,
  type DependencyContainer,
} from 'tsyringe';
import type { AssembledFlow } from '#src/assembly/assemble-flow.js';
import { Node } from '#src/metadata/node.js';
import type { AnyProvider } from '#src/ports/provider.js';
import { thrownBy } from '../../support/thrown-by.js';
import { flowOf, useAssembly } from '../support/use-assembly.js';

interface Format {
  readonly name: string;
}
class Csv implements Format {
  readonly name = 'csv';
}
class Xml implements Format {
  readonly name = 'xml';
}
class Json implements Format {
  readonly name = 'json';
}

@Node()
class Export {
  constructor(@injectAll('formats') readonly formats: readonly Format[]) {}
  process(): string {
    return this.formats.map(({ name }) => name).join();
  }
}

describe('@injectAll', () => {
  const assembly = useAssembly();

  function formatsWith(providers: readonly AnyProvider[] = [], container = assembly.root): string {
    const { nodes } = assembly.assemble(flowOf(Export, { name: `Exports${Math.random()}` }), { container, providers });
    return (nodes.get('Export') as unknown as Export).process();
  }

  it('gives every registration of the container, whatever its lifecycle', () => {
    assembly.root.registerSingleton('formats', Csv);
    assembly.root.register('formats', Xml);
    assembly.root.register('formats', Json, { lifecycle: Lifecycle.ContainerScoped });
    assembly.root.register('formats', { useValue: { name: 'value' } });
    assembly.root.register('formats', { useFactory: () => ({ name: 'factory' }) });
    assembly.root.register('other', { useValue: { name: 'alias' } });
    assembly.root.register('formats', { useToken: 'other' });
    expect(formatsWith()).to.equal('csv,xml,json,value,factory,alias');
  });

  it('gives those of the container and then those of the flow, of which the last is the one that @inject gives', () => {
    assembly.root.registerSingleton('formats', Csv);
    const providers = [
      { token: 'formats', useClass: Xml },
      { token: 'formats', useValue: { name: 'value' } },
      { token: 'formats', useFactory: () => ({ name: 'factory' }) },
    ];
    expect(formatsWith(providers)).to.equal('csv,xml,value,factory');
    @Node()
    class One {
      constructor(@inject('formats') readonly format: Format) {}
      process(): void {}
    }
    const { nodes } = assembly.assemble(flowOf(One), { providers });
    expect((nodes.get('One') as unknown as One).format.name).to.equal('factory');
  });

  it('gives those of the container that a child of it gives, and no more', () => {
    assembly.root.registerSingleton('formats', Csv);
    const child = assembly.root.createChildContainer();
    expect(formatsWith([], child)).to.equal('csv');
    child.register('formats', Xml);
    expect(formatsWith([], child)).to.equal(
      child
        .resolveAll<Format>('formats')
        .map(({ name }) => name)
        .join(),
    );
    expect(formatsWith([{ token: 'formats', useClass: Json }], child)).to.equal('xml,json');
  });

  it('sees what was scoped to containers after the container was made, and copies nothing twice', () => {
    assembly.root.register('formats', Csv, { lifecycle: Lifecycle.ContainerScoped });
    const child = assembly.root.createChildContainer();
    assembly.root.register('formats', Xml, { lifecycle: Lifecycle.ContainerScoped });
    expect(formatsWith([], child)).to.equal('csv');
    expect(formatsWith([{ token: 'formats', useClass: Json }], assembly.root)).to.equal('csv,xml,json');
  });

  it('shares singletons with the container, one by one', () => {
    assembly.root.registerSingleton('formats', Csv);
    assembly.root.register('formats', Xml);
    assembly.root.registerSingleton('formats', Json);
    const all = (): readonly Format[] =>
      (assembly.assemble(flowOf(Export, { name: `Exports${Math.random()}` })).nodes.get('Export') as unknown as Export)
        .formats;
    const [one, other, theirs] = [all(), all(), assembly.root.resolveAll<Format>('formats')];
    expect(one.map((format, at) => [format === other[at], format === theirs[at]])).to.deep.equal([
      [true, true],
      [false, false],
      [true, true],
    ]);
  });

  it('builds each singleton of the container of the services there', () => {
    @injectable()
    class Remote {
      constructor(@inject('url') readonly name: string) {}
    }
    assembly.root.register('url', { useValue: 'theirs' });
    assembly.root.registerSingleton('formats', Remote);
    assembly.root.register('formats', Remote);
    expect(formatsWith([{ token: 'url', useValue: 'mine' }])).to.equal('theirs,mine');
  });

  it('checks each registration before anything is built', () => {
    let built = 0;
    class Early {
      readonly name = 'early';
      constructor() {
        built++;
      }
    }
    @injectable()
    class Remote {
      readonly name = 'remote';
      constructor(@inject('url') readonly url: string) {}
    }
    assembly.root.register('formats', Early);
    assembly.root.register('formats', Remote);
    assembly.root.register('formats', Csv);
    const error = thrownBy(() => formatsWith());
    expect(error.message).to.equal('Export -> Remote -> parameter 0 (url) asks for "url", which nobody provides');
    expect(built).to.equal(0);
  });

  it('is refused where nothing is registered, unless it is optional', () => {
    expect(thrownBy(() => formatsWith()).message).to.equal(
      'Export -> parameter 0 (formats) asks for "formats", which nobody provides',
    );
    @Node()
    class Optional {
      constructor(@injectAll('formats', { isOptional: true }) readonly formats: readonly Format[]) {}
      process(): void {}
    }
    const { nodes } = assembly.assemble(flowOf(Optional));
    expect((nodes.get('Optional') as unknown as Optional).formats).to.deep.equal([]);
  });

  it('gives one of a class that nobody registered', () => {
    @Node()
    class Classes {
      constructor(@injectAll(Csv) readonly all: readonly Csv[]) {}
      process(): void {}
    }
    const classes = assembly.assemble(flowOf(Classes)).nodes.get('Classes') as unknown as Classes;
    expect(classes.all.map(({ name }) => name)).to.deep.equal(['csv']);
  });

  it('gives to a playbook what its caller has, too', async () => {
    assembly.root.registerSingleton('formats', Csv);
    const { inherit } = assembly.assemble(flowOf(Export, { name: 'Caller' }), {
      providers: [{ token: 'formats', useClass: Xml }],
    }) as AssembledFlow;
    const { nodes } = assembly.assemble(flowOf(Export, { name: 'Playbook' }), inherit);
    expect((nodes.get('Export') as unknown as Export).process()).to.equal('csv,xml');
  });

  it('keeps what a constructor in the list threw as the cause', () => {
    const cause = new TypeError('no disk');
    class Broken {
      readonly name = 'broken';
      constructor() {
        throw cause;
      }
    }
    const error = thrownBy(() => formatsWith([{ token: 'formats', useClass: Broken }]));
    expect(error.code).to.equal('UNRESOLVABLE_DEPENDENCY');
    expect(error.cause).to.equal(cause);
  });

  it('is followed with what transforms it', () => {
    class Names {
      transform(formats: readonly Format[], separator: string): string {
        return formats.map(({ name }) => name).join(separator);
      }
    }
    @injectable()
    class Deep {
      constructor(@inject('nowhere') readonly nowhere: string) {}
      transform(format: Format): string {
        return format.name;
      }
    }
    @Node()
    class Listed {
      constructor(@injectAllWithTransform('formats', Names, '+') readonly names: string) {}
      process(): void {}
    }
    const providers = [
      { token: 'formats', useClass: Csv },
      { token: 'formats', useClass: Xml },
    ];
    const listed = assembly.assemble(flowOf(Listed), { providers }).nodes.get('Listed') as unknown as Listed;
    expect(listed.names).to.equal('csv+xml');
    @Node()
    class Changed {
      constructor(@injectWithTransform('formats', Deep) readonly name: string) {}
      process(): void {}
    }
    const error = thrownBy(() => assembly.assemble(flowOf(Changed, { name: 'Changes' }), { providers }));
    expect(error.message).to.equal(
      'Changed -> Deep -> parameter 0 (nowhere) asks for "nowhere", which nobody provides',
    );
  });

  it('gives all and disposes of its own, whatever was registered where', async () => {
    const kinds = ['transient', 'singleton', 'scoped', 'value', 'factory'] as const;
    const registered = fc.array(fc.constantFrom(...kinds), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(registered, registered, registered, async (ofGrandparent, ofParent, ofFlow) => {
        let made = 0;
        const gone: string[] = [];
        const mine = new Set<string>();
        /** A class of its own for each registration, whose instances are called after it. */
        const service = (name: string): new () => Format & { dispose(): void } =>
          class {
            readonly name = name;
            dispose(): void {
              gone.push(name);
            }
          };
        const register = (container: DependencyContainer, kind: (typeof kinds)[number]): string => {
          const name = `${kind}-${++made}`;
          const Service = service(name);
          if (kind === 'value') container.register('formats', { useValue: new Service() });
          else if (kind === 'factory') container.register('formats', { useFactory: () => new Service() });
          else if (kind === 'singleton') container.registerSingleton('formats', Service);
          else {
            const { ContainerScoped, Transient } = Lifecycle;
            container.register('formats', Service, { lifecycle: kind === 'scoped' ? ContainerScoped : Transient });
            mine.add(name);
          }
          return name;
        };
        const grandparent = assembly.root.createChildContainer();
        const early = ofGrandparent.slice(0, 2).map((kind) => register(grandparent, kind));
        const parent = grandparent.createChildContainer();
        const late = ofGrandparent.slice(2).map((kind) => register(grandparent, kind));
        const inner = ofParent.map((kind) => register(parent, kind));
        const around = parent.isRegistered('formats', true)
          ? parent.resolveAll<Format>('formats').map(({ name }) => name)
          : [];
        const providers = ofFlow.map((kind): AnyProvider => {
          const name = `flow-${kind}-${++made}`;
          const Service = service(name);
          if (kind === 'value') return { token: 'formats', useValue: new Service() };
          mine.add(name);
          if (kind === 'factory') return { token: 'formats', useFactory: () => new Service() };
          return { token: 'formats', useClass: Service };
        });
        fc.pre(around.length + providers.length > 0);
        const parts = assembly.assemble(flowOf(Export, { name: `Exports${Math.random()}` }), {
          container: parent,
          providers,
        });
        const { formats } = parts.nodes.get('Export') as unknown as Export;
        const names = formats.map(({ name }) => name);
        expect(names.slice(0, around.length)).to.deep.equal(around);
        expect(names.slice(around.length)).to.have.length(providers.length);
        await parts.dispose();
        expect(gone).to.deep.equal(names.filter((name) => mine.has(name)).reverse());
        expect([...early, ...late, ...inner]).to.include.members(around);
      }),
      { numRuns: 60 },
    );
  });

  it('disposes of what was built for the flow, and of nothing else', async () => {
    const gone: string[] = [];
    class Pool {
      constructor(readonly name: string) {}
      dispose(): void {
        gone.push(this.name);
      }
    }
    class Own extends Pool {
      constructor() {
        super('own');
      }
    }
    class Transient extends Pool {
      constructor() {
        super('transient');
      }
    }
    class Shared extends Pool {
      constructor() {
        super('shared');
      }
    }
    class Scoped extends Pool {
      constructor() {
        super('scoped');
      }
    }
    assembly.root.registerSingleton('pools', Shared);
    assembly.root.register('pools', Transient);
    assembly.root.register('pools', Scoped, { lifecycle: Lifecycle.ContainerScoped });
    assembly.root.register('pools', { useValue: new Pool('their value') });
    assembly.root.register('pools', { useFactory: () => new Pool('their factory') });
    assembly.root.register('pools', { useFactory: instanceCachingFactory((c) => c.resolve(Transient)) });
    @Node()
    class User {
      constructor(@injectAll('pools') readonly pools: readonly Pool[]) {}
      process(): void {}
    }
    const parts = assembly.assemble(flowOf(User), {
      providers: [
        { token: 'pools', useClass: Own },
        { token: 'pools', useClass: Own },
        { token: 'pools', useValue: new Pool('my value') },
        { token: 'pools', useFactory: () => new Pool('my factory') },
        { token: 'pools', useFactory: (services) => services.resolve(Own) },
      ],
    });
    expect((parts.nodes.get('User') as unknown as User).pools).to.have.length(11);
    await parts.dispose();
    expect(gone).to.deep.equal(['own', 'my factory', 'own', 'own', 'scoped', 'transient']);
  });
});
