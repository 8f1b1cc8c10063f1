/* Compiled, never run: each `@ts-expect-error` fails the build when the line below it compiles. */
import type { FlowClass, FlowInput, FlowOutput } from '#src/ports/flow-class.js';
import type { NodeContext } from '#src/ports/node-context.js';
import type { FlowNode } from '#src/ports/flow-node.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';
import { FinalAnswer } from '#src/message/final-answer.js';
import { Message } from '#src/message/message.js';
import type { WorkingMemory } from '#src/message/working-memory.js';
import { Flow } from '#src/metadata/flow.js';
import { Node } from '#src/metadata/node.js';
import { start } from '#src/graph/start.js';
import { uncheckedGraph } from '#src/graph/unchecked-graph.js';
import { type Equal, expectTrue } from './equal.js';

class Order {
  constructor(readonly id: string = '') {}
}
/** Every field of Order and more, yet no subclass of it. */
class PricedOrder {
  readonly id = '';
  readonly price = 0;
}
class Receipt {
  readonly receipt = '';
}
class Declined {
  readonly reason = '';
}
class Refused extends Declined {
  readonly by = '';
}
class Catalog {
  price(): number {
    return 1;
  }
}

class Price implements FlowNode<Order, PricedOrder> {
  constructor(readonly catalog: Catalog) {}
  async process(_order: Order, _ctx: NodeContext): Promise<PricedOrder> {
    return new PricedOrder();
  }
}
class Charge {
  process(_: PricedOrder): Receipt | Declined {
    return new Receipt();
  }
}
class Audit {
  process(_: PricedOrder): void {}
}
class Ship {
  async process(_: Receipt): Promise<string> {
    return '';
  }
}
class Refund {
  async process(_: Declined): Promise<number> {
    return 1;
  }
}
class TakesEither {
  process(_: Order | Declined): Order {
    return new Order();
  }
}
class EmitsPair {
  process(_: string): Order | PricedOrder {
    return new Order();
  }
}
class TakesOrder {
  process(_: Order): boolean {
    return true;
  }
}
class TakesPriced {
  process(_: PricedOrder): undefined {
    return undefined;
  }
}
class Stream {
  async *process(_: Order): AsyncIterable<Receipt> {
    yield new Receipt();
  }
}
class Enveloped {
  process(_: Order): Message<Receipt> {
    return new Message(new Receipt());
  }
}

// The example of the documentation.
@Flow()
class Orders {
  readonly graph = start(Price).to(Charge, Audit).from(Charge).on(Receipt, Ship).on(Declined, Refund);
}
expectTrue<Equal<FlowInput<typeof Orders>, Order>>();
expectTrue<Equal<FlowOutput<typeof Orders>, string | number>>();

// What is emitted is what is inside promises, streams and messages.
class Streaming {
  readonly graph = start(Stream).to(Ship);
}
expectTrue<Equal<FlowOutput<typeof Streaming>, string>>();
class Envelopes {
  readonly graph = start(Enveloped).to(Ship);
}
expectTrue<Equal<FlowOutput<typeof Envelopes>, string>>();
class Nothing {
  readonly graph = start(TakesPriced);
}
expectTrue<Equal<FlowOutput<typeof Nothing>, never>>();
const fits: FlowClass = Nothing;
void fits;

// A join: two nodes lead to one, which goes on.
class Left {
  process(_: Order): number {
    return 1;
  }
}
class Right {
  process(_: Order): number {
    return 1;
  }
}
class Join {
  process(_: number): string {
    return '';
  }
}
class Print {
  process(_: string): Date {
    return new Date();
  }
}
class Split {
  process(_: Order): Order {
    return new Order();
  }
}
class Joined {
  readonly graph = start(Split).to(Left, Right).from(Left).to(Join).from(Right).to(Join).to(Print);
}
expectTrue<Equal<FlowOutput<typeof Joined>, Date>>();

// Several starts: the payload has to suit all of them.
class Two {
  readonly graph = start(TakesEither, TakesOrder);
}
expectTrue<Equal<FlowInput<typeof Two>, Order>>();

// A wrong target.
// @ts-expect-error Ship takes a Receipt, Price emits a PricedOrder
start(Price).to(Ship);
// @ts-expect-error the second of two targets is wrong
start(Price).to(Charge, Ship);
// @ts-expect-error Left emits a number, which Print does not take
start(Split).to(Left).to(Print);
// @ts-expect-error Refund takes only a part of what Charge emits
start(Charge).to(Refund);
// @ts-expect-error not a node at all
start(Price).to(Catalog);

// A stream element of the wrong type.
// @ts-expect-error Stream emits a Receipt, Refund takes a Declined
start(Stream).to(Refund);

// Something after a node that emits nothing.
class Ends {
  process(_: PricedOrder): undefined {
    return undefined;
  }
}
// @ts-expect-error Ends emits nothing
start(Ends).to(Ship);
// @ts-expect-error Ends emits nothing
start(Ends).on(Receipt, Ship);

// A node that returns void may emit by hand: nobody knows what.
class ByHand implements FlowNode<PricedOrder, Receipt | Declined> {
  async process(_: PricedOrder, ctx: NodeContext): Promise<void> {
    await ctx.emit(new Receipt());
  }
}
const byHand: FlowGraph<PricedOrder, string> = start(ByHand).to(Ship);
expectTrue<Equal<typeof byHand, FlowGraph<PricedOrder, string>>>();
class HandRouted {
  readonly graph = start(ByHand).on(Receipt, Ship).on(Declined, Refund);
}
expectTrue<Equal<FlowOutput<typeof HandRouted>, string | number>>();
start(ByHand).to(Ship).from(ByHand).to(Refund);
class HandLeaf {
  readonly graph = start(Audit);
}
expectTrue<Equal<FlowOutput<typeof HandLeaf>, never>>();
// @ts-expect-error no node
start(ByHand).to(Catalog);

// Every class that is emitted needs a branch.
const incomplete = start(Charge).on(Receipt, Ship);
// @ts-expect-error Declined has no branch
const asGraph: FlowGraph = incomplete;
void asGraph;
// @ts-expect-error it cannot go on from elsewhere either
incomplete.from(Ship);
// @ts-expect-error Declined has no branch
@Flow()
class Incomplete {
  readonly graph = start(Charge).on(Receipt, Ship);
}
void Incomplete;

// A class with all the fields of another is not covered by its branch.
const halfRouted = start(EmitsPair).on(Order, TakesOrder);
// @ts-expect-error PricedOrder has no branch
const halfGraph: FlowGraph = halfRouted;
void halfGraph;
const routed: FlowGraph = halfRouted.on(PricedOrder, TakesPriced);
void routed;

// A branch for a class that is never emitted, or to a node that does not take it.
// @ts-expect-error Charge never emits an Order
start(Charge).on(Order, TakesOrder);
// @ts-expect-error Refund does not take a Receipt
start(Charge).on(Receipt, Refund);
// A base class covers its subclasses, a subclass only a part.
class EmitsRefused {
  process(_: Order): Refused | Receipt {
    return new Receipt();
  }
}
const byBase: FlowGraph = start(EmitsRefused).on(Declined, Refund).on(Receipt, Ship);
void byBase;
// @ts-expect-error the Declined that are not Refused have no branch
const bySubclass: FlowGraph = start(Charge).on(Receipt, Ship).on(Refused, Refund);
void bySubclass;

// Predicates.
const guarded: FlowGraph<PricedOrder, string | number> = start(Charge)
  .when((payload): payload is Receipt => payload instanceof Receipt, Ship)
  .otherwise(Refund);
void guarded;
const byPredicate: FlowGraph = start(Price)
  .when((order) => order.price > 10, Charge)
  .otherwise(Audit);
void byPredicate;
// @ts-expect-error what the predicate refuses goes nowhere
const unguarded: FlowGraph = start(Price).when((order) => order.price > 10, Charge);
void unguarded;
// @ts-expect-error the predicate is given a PricedOrder
start(Price).when((order: Declined) => order.reason === '', Audit);
// @ts-expect-error Refund does not take the Receipt that is left
start(Charge).on(Declined, Refund).otherwise(Refund);

// `from` knows the nodes of the graph, `back` as well.
// @ts-expect-error Ship is not in the graph
start(Price).to(Charge, Audit).from(Ship);
// @ts-expect-error the graph has several nodes to go on from
start(Price).to(Charge, Audit).to(Ship);
class Draft {
  readonly text = '';
}
class Final {
  readonly text = '';
  readonly final = true;
}
class Write {
  process(_: Order | Draft): Draft {
    return new Draft();
  }
}
class Judge {
  process(_: Draft): Draft | Final {
    return new Final();
  }
}
class Revising {
  readonly graph = start(Write).to(Judge).backOn(Draft, Write).on(Final, Publish);
}
class Publish {
  process(_: Final): string {
    return '';
  }
}
expectTrue<Equal<FlowOutput<typeof Revising>, string>>();
const back: FlowGraph<Order, never> = start(Write).back(Write);
void back;
// @ts-expect-error Ship is not in the graph
start(Stream).back(Ship);
// The graph goes on from there.
class Publishing {
  readonly graph = start(Write).back(Write).to(Judge);
}
expectTrue<Equal<FlowInput<typeof Publishing>, Order | Draft>>();
expectTrue<Equal<FlowOutput<typeof Publishing>, Draft | Final>>();
// @ts-expect-error Write takes no Receipt
start(Stream).back(Stream);

// A controller that comes back to itself: its working memory does, and its answer goes on.
class Think {
  process(memory: WorkingMemory): WorkingMemory | FinalAnswer {
    return memory;
  }
}
class Always {
  process(memory: WorkingMemory): WorkingMemory {
    return memory;
  }
}
class Say {
  process(_: FinalAnswer): string {
    return '';
  }
}
class Said {
  readonly graph = start(Think).back(Think).to(Say);
}
expectTrue<Equal<FlowInput<typeof Said>, WorkingMemory>>();
expectTrue<Equal<FlowOutput<typeof Said>, string>>();
class Thought {
  readonly graph = start(Think).back(Think);
}
expectTrue<Equal<FlowOutput<typeof Thought>, FinalAnswer>>();
// Its budget ends it.
const budgeted: FlowGraph<WorkingMemory, string> = start(Always).back(Always).to(Say);
void budgeted;
// @ts-expect-error Ship takes a Receipt, and no answer
start(Think).back(Think).to(Ship);

// A controller: one class comes back to it, the rest leaves.
class Work {
  readonly hops = 0;
}
class Answer {
  readonly answer = '';
}
class Control {
  process(_: Work): Work | Answer {
    return new Answer();
  }
}
class Controlled {
  readonly graph = start(Control).loop(Work);
}
expectTrue<Equal<FlowInput<typeof Controlled>, Work>>();
expectTrue<Equal<FlowOutput<typeof Controlled>, Answer>>();
class Tell {
  process(_: Answer): string {
    return '';
  }
}
class Told {
  readonly graph = start(Control).loop(Work).to(Tell);
}
expectTrue<Equal<FlowOutput<typeof Told>, string>>();
// @ts-expect-error Control does not take an Answer
start(Control).loop(Answer);

// The unchecked graph takes its types from the user.
class Data {
  readonly graph = uncheckedGraph<Order, Receipt>([
    [Price, [Charge]],
    [Charge, [{ to: Ship, on: Receipt }]],
  ]);
}
expectTrue<Equal<FlowInput<typeof Data>, Order>>();
expectTrue<Equal<FlowOutput<typeof Data>, Receipt>>();

// @ts-expect-error a flow needs a graph
@Flow()
class NoGraph {
  readonly nodes = [Price];
}
void NoGraph;
// @ts-expect-error unknown option
@Flow({ queueMaxSize: 1 })
class UnknownFlowOption {
  readonly graph = start(Price);
}
void UnknownFlowOption;
// The decorators of nodes are in node.types.ts.
void Node;
