/* Compiled, never run: what only `strict` finds. The other type tests hold in projects without it, too, and `npm run check:typescript` tries them so. */
import { expectTypeOf } from 'expect-type';
import { CLOCK, createFlow, Flow, Node, start, type FlowNode, type NodeContext } from '#src/index.js';

class Order {
  readonly id: string = '';
}
class Rush extends Order {
  readonly by: string = '';
}
class Token {
  readonly token = '';
}
class Answer {
  readonly answer = '';
}

// FlowNode checks the parameter of a method strictly (`strictFunctionTypes`).
class Greedy implements FlowNode<Order, Token> {
  // @ts-expect-error a node that wants more than an Order is no FlowNode<Order>
  process(_: Rush): Token {
    return new Token();
  }
}
void Greedy;

@Node()
class Generate implements FlowNode<Order, Token | Answer> {
  async *process(_: Order): AsyncGenerator<Token, Answer> {
    yield new Token();
    return new Answer();
  }
}
@Node()
class Pour implements FlowNode<Order, Token> {
  async *process(_: Order): AsyncGenerator<Token, void> {
    yield new Token();
  }
}
@Node()
class Talk implements FlowNode<Order, undefined> {
  async process(_: Order, ctx: NodeContext): Promise<void> {
    await ctx.emitChunk('');
  }
}
@Flow()
class Generated {
  readonly graph = start(Generate);
}
@Flow()
class Poured {
  readonly graph = start(Pour);
}
@Flow()
class Talked {
  readonly graph = start(Talk);
}

// The final value may be missing, whatever the flow delivers: a trace may deliver pieces only, or nothing (`strictNullChecks`).
const generated = createFlow(Generated).stream(new Order());
expectTypeOf(generated.result).toEqualTypeOf<Promise<Token | Answer | undefined>>();
expectTypeOf(createFlow(Poured).stream(new Order()).result).toEqualTypeOf<Promise<Token | undefined>>();
expectTypeOf(createFlow(Talked).stream(new Order()).result).toEqualTypeOf<Promise<undefined>>();
// @ts-expect-error -- it may be undefined
export const certain: Promise<Token | Answer> = generated.result;

// @ts-expect-error -- there is no clock that is undefined
createFlow(Generated, { providers: [{ token: CLOCK, useValue: undefined }] });
