import { expect } from 'chai';
import { container, delay, inject } from 'tsyringe';
import * as api from '#src/index.js';
import { createFlow, Flow, Node, start, token, type FlowNode } from '#src/index.js';
import { sharedToken } from '#src/ports/token.js';
import { reasonOf } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

interface Prices {
  of(sku: string): number;
}
const PRICES = token<Prices>('prices');
const TWICE: Prices = { of: (sku) => sku.length * 2 };

@Node()
class Price implements FlowNode<string, number> {
  constructor(@inject(PRICES) private readonly prices: Prices) {}
  process(sku: string): number {
    return this.prices.of(sku);
  }
}
@Flow({ name: 'tokens' })
class Pricing {
  readonly graph = start(Price);
}
class ThreeTimes implements Prices {
  of(sku: string): number {
    return sku.length * 3;
  }
}

/** What the flow makes of a word of three letters. */
async function priceWith(options: Parameters<typeof createFlow<typeof Pricing>>[1]): Promise<number> {
  await using flow = createFlow(Pricing, options);
  flow.on('*', () => {});
  await flow.run();
  return flow.call('abc');
}

describe('token', () => {
  it('makes what nodes inject and providers bind, in each of the four ways', async () => {
    const bound = [
      createFlow(Pricing, { providers: [{ token: PRICES, useValue: TWICE }] }),
      createFlow(Pricing, { providers: [{ token: PRICES, useClass: ThreeTimes }] }),
      createFlow(Pricing, { providers: [{ token: PRICES, useFactory: (services) => services.resolve(ThreeTimes) }] }),
      createFlow(Pricing, { providers: [{ token: PRICES, useToken: ThreeTimes }] }),
      createFlow(Pricing, { providers: [{ token: PRICES, useToken: delay(() => ThreeTimes) }] }),
    ];
    const prices: number[] = [];
    for (const flow of bound) {
      flow.on('*', () => {});
      await flow.run();
      prices.push(await flow.call('abc'));
      await flow.stop();
    }
    expect(prices).to.deep.equal([6, 9, 9, 9, 9]);
  });

  it('makes what a container of tsyringe registers', async () => {
    const own = container.createChildContainer();
    own.register(PRICES, { useValue: TWICE });
    expect(await priceWith({ container: own })).to.equal(6);
  });

  it('makes another one at each call, so that two of one name do not meet', async () => {
    const namesake = token<Prices>('prices');
    expect(namesake).to.not.equal(PRICES);
    const error = thrownBy(() => createFlow(Pricing, { providers: [{ token: namesake, useValue: TWICE }] }));
    expect(error).to.include({ code: 'UNRESOLVABLE_DEPENDENCY' });
    expect(token('clock')).to.not.equal(api.CLOCK);
  });

  it('names the token that nobody binds', async () => {
    const error = await reasonOf(priceWith({}));
    expect(error).to.include({
      code: 'UNRESOLVABLE_DEPENDENCY',
      message: 'Price -> parameter 0 (prices) asks for prices, which nobody provides',
    });
  });

  it('names a delayed class in the messages about it', () => {
    const provider = { token: delay(() => ThreeTimes), useClass: 5 as never };
    expect(thrownBy(() => createFlow(Pricing, { providers: [provider] }))).to.include({
      message: 'Expected `useClass` of the provider of a delayed class of createFlow(Pricing) to be a class, got 5',
    });
  });
});

describe('the tokens of the package', () => {
  for (const [name, description] of [
    ['CLOCK', 'clock'],
    ['CORRELATION', 'correlation'],
    ['EVENT_LOGGER', 'event-logger'],
    ['FLOW_LOG', 'flow-log'],
    ['FLOW_LOGGER_OPTIONS', 'flow-logger-options'],
    ['LOGGER', 'logger'],
    ['TRACER', 'tracer'],
  ] as const) {
    it(`${name} is the same symbol in every copy of the package`, () => {
      expect(api[name]).to.equal(Symbol.for(`penguiflow:token:${description}`));
      expect(sharedToken(description)).to.equal(api[name]);
    });
  }
});
