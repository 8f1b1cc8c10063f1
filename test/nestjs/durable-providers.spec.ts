import 'reflect-metadata';
import { Inject, Injectable, Module, Scope } from '@nestjs/common';
import {
  ContextIdFactory,
  REQUEST,
  type ContextId,
  type ContextIdStrategy,
  type HostComponentInfo,
} from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { expect } from 'chai';
import { Flow, Message, Node, start, type FlowNode } from '#src/index.js';
import { getFlowToken, PenguiFlowModule, type FlowHandle } from '#src/nestjs/index.js';

/** One sub-tree of providers per tenant, as NestJS's guide has it. */
class ByTenant implements ContextIdStrategy<Message> {
  readonly asked: unknown[] = [];
  readonly #trees = new Map<string, ContextId>();

  attach(contextId: ContextId, message: Message) {
    this.asked.push(message);
    const { tenant } = message.headers;
    const tree = this.#trees.get(tenant) ?? { id: this.#trees.size };
    this.#trees.set(tenant, tree);
    return {
      resolve: (info: HostComponentInfo) => (info.isTreeDurable ? tree : contextId),
      payload: { headers: { tenant } },
    };
  }
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class Pool {
  static built = 0;
  constructor(@Inject(REQUEST) readonly request: Pick<Message, 'headers'>) {
    Pool.built++;
  }
}

/** Belongs to one message: it injects the envelope by itself. */
@Injectable({ scope: Scope.REQUEST })
class Envelope {
  constructor(@Inject(REQUEST) readonly message: Message) {}
}

@Node({ concurrency: 8 })
class PerMessage implements FlowNode<string, string> {
  static built = 0;
  constructor(
    readonly pool: Pool,
    readonly envelope: Envelope,
  ) {
    PerMessage.built++;
  }
  process(text: string): string {
    return `${text} ${this.pool.request.headers.tenant} ${this.envelope.message.traceId}`;
  }
}

@Node({ concurrency: 8 })
class PerTenant implements FlowNode<string, string> {
  static built = 0;
  constructor(readonly pool: Pool) {
    PerTenant.built++;
  }
  process(text: string): string {
    return `${text} ${this.pool.request.headers.tenant}`;
  }
}

@Flow()
class PerMessages {
  readonly graph = start(PerMessage);
}

@Flow()
class PerTenants {
  readonly graph = start(PerTenant);
}

describe('durable providers in flows', () => {
  const before: unknown = Reflect.get(ContextIdFactory, 'strategy');
  afterEach(() => {
    Reflect.set(ContextIdFactory, 'strategy', before);
    Pool.built = 0;
    PerMessage.built = 0;
    PerTenant.built = 0;
  });

  @Module({
    imports: [
      PenguiFlowModule.forRoot({ logging: { level: 'silent' } }),
      PenguiFlowModule.forFeature([PerMessages, PerTenants]),
    ],
    providers: [PerMessages, PerTenants, PerMessage, PerTenant, Pool, Envelope],
  })
  class App {}

  async function results(flow: typeof PerMessages | typeof PerTenants): Promise<string[]> {
    const app = await Test.createTestingModule({ imports: [App] }).compile();
    await app.init();
    const handle = app.get<FlowHandle<typeof PerMessages>>(getFlowToken(flow), { strict: false });
    try {
      const asked = ['a', 'b', 'a', 'b'].map((tenant, index) => handle.call('x', { tenant, traceId: `t-${index}` }));
      return await Promise.all(asked);
    } finally {
      await app.close();
    }
  }

  it('the strategy is asked about each message, and a durable provider is built once for a tenant', async () => {
    const strategy = new ByTenant();
    ContextIdFactory.apply(strategy);
    expect(await results(PerMessages)).to.deep.equal(['x a t-0', 'x b t-1', 'x a t-2', 'x b t-3']);
    expect([Pool.built, PerMessage.built]).to.deep.equal([2, 4]);
    expect(strategy.asked).to.have.length(4);
    expect(strategy.asked.every((message) => Message.is(message))).to.equal(true);
  });

  it('a durable node is built once for a tenant', async () => {
    ContextIdFactory.apply(new ByTenant());
    expect(await results(PerTenants)).to.deep.equal(['x a', 'x b', 'x a', 'x b']);
    expect([Pool.built, PerTenant.built]).to.deep.equal([2, 2]);
  });

  it('without a strategy all of them are built per message', async () => {
    expect(await results(PerMessages)).to.deep.equal(['x a t-0', 'x b t-1', 'x a t-2', 'x b t-3']);
    expect([Pool.built, PerMessage.built]).to.deep.equal([4, 4]);
  });
});
