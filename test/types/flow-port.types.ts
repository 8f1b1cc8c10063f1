import { expectTypeOf } from 'expect-type';
import type { EmitReceipt, FlowPort, PenguiFlow, PortStream } from '#src/index.js';

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

// @ts-expect-error -- joining runs works within a process only
void port.emit({ sku: 'a' }, { traceId: 't', join: true });
// @ts-expect-error -- a port of orders takes no numbers
void port.call(1);
// @ts-expect-error -- what gives strings gives no numbers
export const wrong: FlowPort<Order, number> = flow;
