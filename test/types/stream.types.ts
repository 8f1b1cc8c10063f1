/* Compiled, never run: each `@ts-expect-error` fails the build when the line below it compiles. */
import { expectTypeOf } from 'expect-type';
import {
  Flow,
  Node,
  start,
  type FlowNode,
  type FlowStream,
  type NodeContext,
  type NodeResult,
  type StreamChunk,
} from '#src/index.js';
import type { FlowOutput } from '#src/ports/flow-class.js';
import type { Emitted } from '#src/ports/node-types.js';

class Question {
  readonly text = '';
}
class Token {
  readonly token = '';
}
class Answer {
  readonly answer = '';
}

// A generator emits what it yields and what it returns.
expectTypeOf<Emitted<AsyncGenerator<Token, Answer>>>().toEqualTypeOf<Token | Answer>();
expectTypeOf<Emitted<Promise<AsyncGenerator<Token, Answer | undefined>>>>().toEqualTypeOf<Token | Answer>();
expectTypeOf<Emitted<AsyncGenerator<Token, void>>>().toEqualTypeOf<Token>();
expectTypeOf<Emitted<AsyncGenerator<never, Answer>>>().toEqualTypeOf<Answer>();
// Nothing is known of the end of a plain iterable: it has none that counts.
expectTypeOf<Emitted<AsyncIterable<Token>>>().toEqualTypeOf<Token>();
expectTypeOf<Emitted<AsyncGenerator<Token>>>().toEqualTypeOf<Token>();
expectTypeOf<Emitted<ReadableStream<Token>>>().toEqualTypeOf<Token>();
expectTypeOf<Emitted<NodeResult<Token>>>().toEqualTypeOf<Token>();

/** Yields and returns. */
@Node()
class Generate implements FlowNode<Question, Token | Answer> {
  async *process(_: Question): AsyncGenerator<Token, Answer> {
    yield new Token();
    return new Answer();
  }
}
/** Yields only. */
@Node()
class Pour implements FlowNode<Question, Token> {
  async *process(_: Question): AsyncGenerator<Token, void> {
    yield new Token();
  }
}
/** Sends chunks, and emits nothing. */
@Node()
class Talk implements FlowNode<Question, undefined> {
  async process(_: Question, ctx: NodeContext): Promise<void> {
    await ctx.emitChunk('');
  }
}

class WrongEnd implements FlowNode<Question, Token> {
  // @ts-expect-error -- what it returns at its end is no Token
  async *process(_: Question): AsyncGenerator<Token, Answer> {
    yield new Token();
    return new Answer();
  }
}
void WrongEnd;

class Take {
  process(_: Token): string {
    return '';
  }
}
// @ts-expect-error -- the Answer at the end of the generator comes to it, too
start(Generate).to(Take);

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

expectTypeOf<FlowOutput<typeof Generated>>().toEqualTypeOf<Token | Answer>();
expectTypeOf<FlowOutput<typeof Poured>>().toEqualTypeOf<Token>();
expectTypeOf<FlowOutput<typeof Talked>>().toEqualTypeOf<never>();

export async function read(stream: FlowStream<Answer>): Promise<void> {
  for await (const piece of stream) expectTypeOf(piece).toEqualTypeOf<StreamChunk | Answer>();
  const step = await stream.next();
  if (step.done === true) expectTypeOf(step.value).toEqualTypeOf<Answer | undefined>();
  else expectTypeOf(step.value).toEqualTypeOf<StreamChunk | Answer>();
  // Leaving with a value makes it the final one.
  await stream.return(new Answer());
  await stream.return(Promise.resolve(new Answer()));
  // @ts-expect-error -- so it has to be one
  await stream.return('gone');
}
expectTypeOf<FlowStream<Answer>>().toExtend<AsyncIterable<StreamChunk | Answer>>();
expectTypeOf<FlowStream<Answer>>().toExtend<AsyncIterableIterator<StreamChunk | Answer>>();
