/* Compiled, never run: each `@ts-expect-error` fails the build when the line below it compiles. */
import type { FlowEvent } from '#src/events/flow-event.js';
import { Middleware } from '#src/metadata/middleware.js';
import { Node } from '#src/metadata/node.js';
import { OnFlowEvent } from '#src/metadata/on-flow-event.js';
import type { FlowNode } from '#src/ports/flow-node.js';
import type { NodeContext } from '#src/ports/node-context.js';
import type { Emitted, NodeInput, NodeOutput } from '#src/ports/node-types.js';
import { Message } from '#src/message/message.js';
import { testContext } from '#src/testing/index.js';
import { expectTrue, type Equal } from './equal.js';

class Order {
  readonly id = '';
}
class Rush extends Order {
  readonly by = '';
}
class Priced {
  readonly price = 0;
}
class Catalog {
  readonly items = [];
}

@Node({ timeoutS: 5, maxRetries: 2, retryOn: (_error, attempt) => attempt < 1, input: Order, output: Priced })
class Price implements FlowNode<Order, Priced> {
  constructor(readonly catalog: Catalog) {}
  async process(_order: Order, _ctx: NodeContext): Promise<Priced> {
    return new Priced();
  }
}
expectTrue<Equal<NodeInput<typeof Price>, Order>>();
expectTrue<Equal<NodeOutput<typeof Price>, Priced>>();

expectTrue<Equal<Emitted<Promise<string | undefined>>, string>>();
expectTrue<Equal<Emitted<AsyncGenerator<string | Message<number>, void>>, string | number>>();
expectTrue<Equal<Emitted<Promise<AsyncIterable<Order>>>, Order>>();
expectTrue<Equal<Emitted<void>, never>>();
expectTrue<Equal<Emitted<Promise<void>>, never>>();
expectTrue<Equal<Emitted<null | string>, null | string>>();
expectTrue<Equal<Emitted<boolean>, boolean>>();

@Node()
class Minimal {
  process(): number {
    return 1;
  }
}
void Minimal;
@Node({ input: Order })
class LooksAtNothing {
  process(): number {
    return 1;
  }
}
void LooksAtNothing;
@Node({ output: Priced })
class EmitsStream {
  async *process(_: Order): AsyncIterable<Priced> {
    yield new Priced();
  }
}
void EmitsStream;
@Node()
class AsField {
  readonly process = async (order: Order): Promise<string> => order.id;
}
void AsField;

// A node has `process`.
// @ts-expect-error no process
@Node()
class NoProcess {
  run(): void {}
}
void NoProcess;
// @ts-expect-error process is no function
@Node()
class ProcessIsNoFunction {
  readonly process = 1;
}
void ProcessIsNoFunction;
// @ts-expect-error the context has no such field
@Node()
class WrongContext {
  process(_: Order, ctx: { nope: number }): number {
    return ctx.nope;
  }
}
void WrongContext;

// `input` and `output` agree with `process`.
// @ts-expect-error process takes an Order
@Node({ input: Priced })
class WrongInput {
  process(_: Order): number {
    return 1;
  }
}
void WrongInput;
// @ts-expect-error validation would refuse the orders that are not rush orders, which process says it takes
@Node({ input: Rush })
class NarrowInput {
  process(_: Order): number {
    return 1;
  }
}
void NarrowInput;
// @ts-expect-error process takes rush orders only
@Node({ input: Order })
class WideInput {
  process(_: Rush): number {
    return 1;
  }
}
void WideInput;
// @ts-expect-error process emits a number
@Node({ output: Priced })
class WrongOutput {
  process(_: Order): Promise<number> {
    return Promise.resolve(1);
  }
}
void WrongOutput;
// @ts-expect-error the elements of the stream are orders
@Node({ output: Priced })
class WrongElement {
  async *process(_: Order): AsyncIterable<Order> {
    yield new Order();
  }
}
void WrongElement;

// Options.
// @ts-expect-error unknown option
@Node({ timeout: 5 })
class UnknownOption {
  process(): void {}
}
void UnknownOption;
// @ts-expect-error wrong type
@Node({ jitter: 'some' })
class WrongJitter {
  process(): void {}
}
void WrongJitter;

// Middlewares.
@Middleware()
class Watch {
  @OnFlowEvent('node_success', 'node_timeout')
  on(event: FlowEvent): void {
    void event;
  }
  @OnFlowEvent()
  async all(): Promise<void> {}
}
void Watch;
class WrongWatch {
  // @ts-expect-error unknown event type
  @OnFlowEvent('node_sucess')
  on(): void {}
  // @ts-expect-error a listener is given a FlowEvent
  @OnFlowEvent('node_start')
  wrong(text: string): void {
    void text;
  }
}
void WrongWatch;

// `ctx.message` has the payload that arrives, where the node says so; a node that says nothing takes any context.
@Node()
class Forward implements FlowNode<Order, Order> {
  process(_: Order, ctx: NodeContext<Order>): Message<Order> {
    expectTrue<Equal<typeof ctx.message, Message<Order>>>();
    return ctx.message;
  }
}
@Node()
class Old implements FlowNode<Order> {
  process(_: Order, ctx: NodeContext): unknown {
    expectTrue<Equal<typeof ctx.message.payload, unknown>>();
    return ctx.message.payload;
  }
}
declare const typed: NodeContext<Order>;
declare const plain: NodeContext;
declare const inner: FlowNode<Order, Order>;
new Old().process(new Order(), typed);
new Forward().process(new Order(), typed);
// @ts-expect-error -- Forward is to get the context of an Order
new Forward().process(new Order(), plain);
// Code that was written before hands its context on.
void inner.process(new Order(), plain);
void new Forward().process(new Order(), testContext());
void new Forward().process(new Order(), testContext({ message: new Message(new Order()) }));
// @ts-expect-error -- a message of something else
void new Forward().process(new Order(), testContext({ message: new Message(new Priced()) }));
void new Old().process(new Order(), testContext({ message: new Message(new Priced()) }));
