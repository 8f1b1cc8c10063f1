import { expect } from 'chai';
import { container, delay, inject } from 'tsyringe';
import {
  CLOCK,
  CORRELATION,
  createFlow,
  EVENT_LOGGER,
  Flow,
  FLOW_LOG,
  FLOW_LOGGER_OPTIONS,
  LOGGER,
  Node,
  start,
  token,
  TRACER,
  type FlowNode,
} from '#src/index.js';
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
  return await flow.call('abc');
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
    expect(token('clock')).to.not.equal(CLOCK);
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
  for (const [name, own] of Object.entries({
    clock: CLOCK,
    correlation: CORRELATION,
    'event-logger': EVENT_LOGGER,
    'flow-log': FLOW_LOG,
    'flow-logger-options': FLOW_LOGGER_OPTIONS,
    logger: LOGGER,
    tracer: TRACER,
  })) {
    it(`${name} is the same symbol in every copy of the package`, () => {
      expect(own).to.equal(Symbol.for(`penguiflow:token:${name}`));
      expect(sharedToken(name)).to.equal(own);
    });
  }
});
