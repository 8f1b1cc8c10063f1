/* Compiled, never run: each `@ts-expect-error` fails the build when the line below it compiles. */
import { expectTypeOf } from 'expect-type';
import { container, delay, inject, type InjectionToken } from 'tsyringe';
import type { Logger } from 'winston';
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
  SystemClock,
  token,
  TRACER,
  type AnyProvider,
  type Clock,
  type CorrelationScope,
  type CreateFlowOptions,
  type FlowLog,
  type FlowLoggerOptions,
  type FlowNode,
  type FlowTracer,
  type NodeResolver,
  type Provider,
  type ServiceToken,
  type Token,
} from '#src/index.js';
import { getFlowToken, type FlowHandle } from '#src/nestjs/index.js';
import { runOne, simulateError } from '#src/testing/index.js';

interface Prices {
  of(sku: string): number;
}
class Catalog {
  readonly #asked = 0;
  price(): number {
    return this.#asked;
  }
}
class SubCatalog extends Catalog {
  readonly more = 1;
}
class Order {
  readonly sku = '';
}
@Node()
class Price implements FlowNode<Order, string> {
  constructor(@inject(CLOCK) readonly clock: Clock) {}
  process(order: Order): string {
    return order.sku;
  }
}
class PriceInCents implements FlowNode<Order, number> {
  process(_: Order): number {
    return 1;
  }
}
/** Emits by hand, so nobody knows what. */
@Node()
class Hand {
  async process(_: Order): Promise<void> {}
}
/** Emits nothing. */
@Node()
class Sink {
  process(_: Order): undefined {}
}
@Flow()
class Orders {
  readonly graph = start(Price);
}

const PRICES = token<Prices>('prices');
const HOSTS = token<string[]>('hosts');
const MODE = token<'fast' | 'slow'>('mode');
const clock: Clock = new SystemClock();
const prices: Prices = { of: () => 1 };
declare const logger: Logger;
declare const tracer: FlowTracer;
declare const log: FlowLog;
declare const resolver: NodeResolver;

// What is resolved has the type of its token.
expectTypeOf(PRICES).toEqualTypeOf<ServiceToken<Prices>>();
expectTypeOf(resolver.resolve(PRICES)).toEqualTypeOf<Prices>();
expectTypeOf(resolver.resolve(CLOCK)).toEqualTypeOf<Clock>();
expectTypeOf(resolver.resolve(FLOW_LOG)).toEqualTypeOf<FlowLog>();
expectTypeOf(resolver.resolve(TRACER)).toEqualTypeOf<FlowTracer>();
expectTypeOf(resolver.resolve(CORRELATION)).toEqualTypeOf<() => CorrelationScope | undefined>();
expectTypeOf(resolver.resolve(LOGGER)).toEqualTypeOf<Logger>();
expectTypeOf(resolver.resolve(EVENT_LOGGER)).toEqualTypeOf<Logger>();
expectTypeOf(resolver.resolve(FLOW_LOGGER_OPTIONS)).toEqualTypeOf<FlowLoggerOptions>();
expectTypeOf(resolver.resolve(Catalog)).toEqualTypeOf<Catalog>();
expectTypeOf(resolver.resolve(getFlowToken(Orders))).toEqualTypeOf<FlowHandle<typeof Orders>>();
expectTypeOf(resolver.resolve('name')).toEqualTypeOf<unknown>();
expectTypeOf(resolver.resolve<Prices>('name')).toEqualTypeOf<Prices>();
expectTypeOf(resolver.resolve(delay(() => Catalog))).toEqualTypeOf<Catalog>();
// @ts-expect-error -- a clock is no string
resolver.resolve<string>(CLOCK);

// tsyringe takes our tokens, and we take tsyringe's.
container.register(CLOCK, { useValue: clock });
export const asTsyringe: InjectionToken<Clock> = CLOCK;
declare const ofTsyringe: InjectionToken<Catalog>;
export const asToken: Token<Catalog> = ofTsyringe;
createFlow(Orders, { providers: [{ token: ofTsyringe, useValue: new Catalog() }] });
createFlow(Orders, { providers: [{ token: delay(() => Catalog), useClass: SubCatalog }] });
createFlow(Orders, { providers: [{ token: 'catalog', useToken: delay(() => Catalog) }] });
export const delayed: Provider<Catalog> = { token: ofTsyringe, useValue: new Catalog() };

// Every provider of a mixed list fits its own token.
createFlow(Orders, {
  providers: [
    { token: CLOCK, useValue: clock },
    { token: CLOCK, useClass: SystemClock },
    { token: CLOCK, useToken: SystemClock },
    { token: CLOCK, useFactory: (services) => services.resolve(CLOCK) },
    { token: PRICES, useValue: { of: (sku: string) => sku.length } },
    { token: HOSTS, useValue: ['a', 'b'] },
    { token: MODE, useValue: 'fast' },
    { token: LOGGER, useValue: logger },
    { token: TRACER, useValue: tracer },
    { token: FLOW_LOG, useFactory: () => log },
    { token: CORRELATION, useValue: () => undefined },
    { token: FLOW_LOGGER_OPTIONS, useValue: { payloads: { maxChars: 80 } } },
    { token: Catalog, useClass: SubCatalog },
    // A fake has the public members.
    { token: Catalog, useValue: { price: () => 1 } },
    // A node is replaced by any that takes and emits the same.
    { token: Price, useValue: { process: simulateError(2) } },
    { token: Price, useValue: { process: simulateError<Order, string>(2, { result: ({ sku }) => sku }) } },
    { token: Price, useValue: { process: async ({ sku }: Order) => sku } },
    { token: Hand, useValue: { process: () => 5 } },
    { token: Sink, useValue: { process: () => undefined } },
    // A name says nothing of its service.
    { token: 'name', useValue: 5 },
    { token: Symbol.for('name'), useFactory: () => undefined },
  ],
});

// @ts-expect-error -- a string is no clock
createFlow(Orders, { providers: [{ token: CLOCK, useValue: 'no clock' }] });
createFlow(Orders, {
  providers: [
    { token: 'name', useValue: 'anything' },
    // @ts-expect-error -- nor is it one among others
    { token: CLOCK, useValue: 'no clock' },
    { token: PRICES, useValue: prices },
    // @ts-expect-error -- prices are no clock
    { token: CLOCK, useValue: prices },
    // @ts-expect-error -- a catalog is no clock
    { token: CLOCK, useClass: Catalog },
    // @ts-expect-error -- the factory gives no clock
    { token: CLOCK, useFactory: () => 5 },
    // @ts-expect-error -- the other token stands for something else
    { token: CLOCK, useToken: PRICES },
    // @ts-expect-error -- a number is no catalog
    { token: Catalog, useValue: 5 },
    // @ts-expect-error -- a node that takes something else
    { token: Price, useValue: { process: (total: number) => String(total) } },
    // @ts-expect-error -- a node that emits something else: the edges after Price say string
    { token: Price, useValue: { process: () => 5 } },
    // @ts-expect-error -- and so does a class
    { token: Price, useClass: PriceInCents },
    // @ts-expect-error -- what is simulated gives on an Order
    { token: Price, useValue: { process: simulateError<Order>(2) } },
    // @ts-expect-error -- a promise of a clock is no clock
    { token: CLOCK, useFactory: async () => new SystemClock() },
    // @ts-expect-error -- a catalog is no more special one
    { token: SubCatalog, useValue: new Catalog() },
    // @ts-expect-error -- the class of a catalog is no catalog
    { token: Catalog, useValue: Catalog },
  ],
});
// @ts-expect-error -- the kind is misspelt
createFlow(Orders, { providers: [{ token: CLOCK, useVaule: clock }] });
// @ts-expect-error -- a number is no token
createFlow(Orders, { providers: [{ token: 5, useValue: clock }] });
// A symbol that knows nothing does not hide the provider next to it.
declare const plain: symbol;
declare const unknown: unknown;
createFlow(Orders, {
  providers: [
    { token: plain, useValue: unknown },
    // @ts-expect-error -- a string is no clock
    { token: CLOCK, useValue: 'no clock' },
  ],
});
// @ts-expect-error -- the same in a test of one message
void runOne(Orders, new Order(), { providers: [{ token: CLOCK, useValue: 'no clock' }] });
void runOne(Orders, new Order(), { providers: [{ token: CLOCK, useValue: clock }], timeoutS: 1 });

// Lists that are written elsewhere.
const inferred = [
  { token: CLOCK, useValue: clock },
  { token: PRICES, useValue: prices },
];
createFlow(Orders, { providers: inferred });
const named: readonly (Provider<Clock> | Provider<Prices>)[] = [...inferred, { token: CLOCK, useClass: SystemClock }];
createFlow(Orders, { providers: [...named, { token: HOSTS, useValue: [] }] });
const wrong = [
  { token: CLOCK, useValue: clock },
  { token: CLOCK, useValue: prices },
];
// @ts-expect-error -- the second one is wrong
createFlow(Orders, { providers: wrong });
// @ts-expect-error -- a string is no clock
export const one: Provider<Clock> = { token: CLOCK, useValue: 'no clock' };
// @ts-expect-error -- the token of a clock binds no string
export const other: Provider<string> = { token: CLOCK, useValue: 'no clock' };
// @ts-expect-error -- nor the prices
export const both: Provider<Clock> | Provider<Prices> = { token: CLOCK, useValue: prices };
// @ts-expect-error -- nothing is widened to unknown
export const wide: Provider = { token: CLOCK, useValue: 'no clock' };
// @ts-expect-error -- a class says what it stands for, so a list of any provider is no list of its
export const wideClass: Provider = { token: Catalog, useValue: 5 };
// @ts-expect-error -- nor a delayed one
export const wideDelayed: Provider = { token: delay(() => Catalog), useValue: 5 };
export const plainName: Provider = { token: 'name', useValue: 5 };
// @ts-expect-error -- nor in options that have a type of their own
export const options: CreateFlowOptions = { providers: [{ token: CLOCK, useValue: 'no clock' }] };
export const typedOptions: CreateFlowOptions<readonly Provider<Clock>[]> = {
  providers: [{ token: CLOCK, useValue: clock }],
};
createFlow(Orders, typedOptions);

/** Who only hands providers on says so. */
export function handOn(providers: readonly AnyProvider[]): void {
  createFlow(Orders, { providers });
}
handOn([{ token: CLOCK, useValue: clock }]);

/** A token may be generic. */
export function bind<T>(to: ServiceToken<T>, service: T): void {
  createFlow(Orders, { providers: [{ token: to, useValue: service }] });
}
