import { expect } from 'chai';
import { inject, injectable, Lifecycle } from 'tsyringe';
import { Middleware } from '#src/metadata/middleware.js';
import { Node } from '#src/metadata/node.js';
import { OnFlowEvent } from '#src/metadata/on-flow-event.js';
import { thrownBy } from '../../support/thrown-by.js';
import { flowOf, useAssembly } from '../support/use-assembly.js';

describe('dispose()', () => {
  const assembly = useAssembly();

  it('R8 releases what was built for the flow, last first, and nothing that others own', async () => {
    const gone: string[] = [];
    class Transient {
      dispose(): void {
        gone.push('Transient');
      }
    }
    @injectable()
    class Shared {
      [Symbol.dispose](): void {
        gone.push('Shared');
      }
    }
    @injectable()
    class Scoped {
      async [Symbol.asyncDispose](): Promise<void> {
        await Promise.resolve();
        gone.push('Scoped');
      }
    }
    assembly.root.registerSingleton(Shared);
    assembly.root.register(Scoped, Scoped, { lifecycle: Lifecycle.ContainerScoped });
    @Node()
    class Price {
      constructor(
        readonly t: Transient,
        readonly s: Shared,
        readonly c: Scoped,
        @inject('value') readonly v: object,
        @inject('made') readonly m: object,
      ) {}
      process(): number {
        return 1;
      }
      [Symbol.dispose](): void {
        gone.push('Price');
      }
      dispose(): void {
        gone.push('never: Symbol.dispose goes first');
      }
    }
    @Middleware()
    class Watch {
      @OnFlowEvent() on(): void {}
      dispose(): void {
        gone.push('Watch');
      }
    }
    const Orders = flowOf(Price, { middlewares: [Watch] });
    const parts = assembly.assemble(Orders, {
      providers: [
        { token: 'value', useValue: { dispose: () => gone.push('value') } },
        { token: 'made', useFactory: () => ({ dispose: () => gone.push('made') }) },
      ],
    });
    await parts.dispose();
    expect(gone).to.deep.equal(['Watch', 'Price', 'made', 'Scoped', 'Transient']);
    await parts.dispose();
    expect(gone).to.have.length(5);
  });

  it('goes on when one fails, and logs it', async () => {
    const gone: string[] = [];
    class First {
      dispose(): void {
        gone.push('First');
      }
    }
    @Node()
    class Price {
      constructor(readonly first: First) {}
      process(): number {
        return 1;
      }
      async dispose(): Promise<void> {
        throw new Error('stuck');
      }
    }
    const Orders = flowOf(Price);
    await assembly.assemble(Orders).dispose();
    expect(gone).to.deep.equal(['First']);
    expect(
      assembly.log.lines.map(({ level, message, fields }) => `${level} ${message} ${JSON.stringify(fields)}`),
    ).to.deep.equal(['warn a service of the flow could not be disposed {"service":"Price","error":"Error: stuck"}']);
  });

  it('happens when the assembly fails half way', async () => {
    let resolveGone: (name: string) => void;
    const gone = new Promise<string>((resolve) => {
      resolveGone = resolve;
    });
    @Node()
    class Price {
      process(): number {
        return 1;
      }
      dispose(): void {
        resolveGone('Price');
      }
    }
    class Deaf {}
    const Orders = flowOf(Price, { middlewares: [Deaf] });
    thrownBy(() => assembly.assemble(Orders));
    expect(await gone).to.equal('Price');
  });
});
