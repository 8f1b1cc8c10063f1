import { expectTypeOf } from 'expect-type';
import type { FlowClient } from '#src/distributed/index.js';
import type { EmitReceipt, FlowPort, FlowResult, PenguiFlow, PortHealth, PortStream, StopResult } from '#src/index.js';

interface Order {
  readonly sku: string;
}

declare const flow: PenguiFlow<Order, string>;

// The handle in the process is a port: user code takes either.
const port: FlowPort<Order, string> = flow;
expectTypeOf(port.call({ sku: 'a' })).resolves.toEqualTypeOf<string>();
expectTypeOf(port.emit({ sku: 'a' })).resolves.toEqualTypeOf<string | EmitReceipt>();
expectTypeOf(port.collect({ sku: 'a' })).resolves.toEqualTypeOf<string[]>();
expectTypeOf(port.stream({ sku: 'a' })).toEqualTypeOf<PortStream<string>>();
expectTypeOf(port.results()).toEqualTypeOf<AsyncIterableIterator<FlowResult<string>>>();
expectTypeOf(port.cancel('t', { tenant: 'acme' })).toEqualTypeOf<boolean | Promise<void>>();
expectTypeOf(port.health()).toEqualTypeOf<PortHealth>();
expectTypeOf(port.stop({ drainS: 1 })).resolves.toEqualTypeOf<StopResult>();

// And so is a client.
declare const client: FlowClient<Order, string>;
const other: FlowPort<Order, string> = client;
void other;

/** What both have is what a port has: a member that comes to both is to come to the port. */
type Common = Extract<keyof PenguiFlow, keyof FlowClient>;
expectTypeOf<Common>().toEqualTypeOf<keyof FlowPort>();

// @ts-expect-error -- joining runs works within a process only
void port.emit({ sku: 'a' }, { traceId: 't', join: true });
// @ts-expect-error -- a port of orders takes no numbers
void port.call(1);
// @ts-expect-error -- what gives strings gives no numbers
export const wrong: FlowPort<Order, number> = flow;
