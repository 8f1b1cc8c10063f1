/* Compiled, never run: what a schema makes of a payload is what the edges say, or it does not compile. */
import { arrayOf, Node, oneOf, start, uncheckedGraph, type StandardSchema } from '#src/index.js';
import type { NodeOutput } from '#src/ports/node-types.js';
import type { ShapeInput, ShapeMade, ShapeType } from '#src/ports/payload-shape.js';
import { expectTrue, type Equal } from './equal.js';

class Order {
  readonly id: string = '';
}
class Rush extends Order {
  readonly by: string = '';
}
class Circle {
  readonly radius: number = 0;
}
class Square {
  readonly side: number = 0;
}
interface Person {
  readonly name: string;
  readonly age: number;
}

/** Make numbers of something else. */
declare const fromUnknown: StandardSchema<unknown, number>;
// oxlint-disable-next-line typescript/no-explicit-any -- as `z.any().transform(Number)`
declare const fromAny: StandardSchema<any, number>;
declare const fromText: StandardSchema<string, number>;
/** Only check. */
declare const numbers: StandardSchema<number>;
declare const words: StandardSchema<string>;
declare const circleOrSquare: StandardSchema<Circle | Square>;
/** Fills in a default, and leaves out what it does not know. */
declare const person: StandardSchema<{ name: string; age?: number }, Person>;
/** Says nothing of its types. */
declare const untyped: StandardSchema;
declare const anything: StandardSchema<any>; // oxlint-disable-line typescript/no-explicit-any -- as `z.any()`

// What arrives: what the schema makes is what `process` takes, and so what the edges are checked against.
@Node({ input: fromUnknown })
class TakesNumber {
  process(n: number): number {
    return n;
  }
}
@Node({ input: fromAny })
class TakesNumberToo {
  process(n: number): number {
    return n;
  }
}
@Node()
class GivesText {
  process(_: Order): string {
    return '';
  }
}
// @ts-expect-error -- the edge goes by the number that is made, though the schema would accept a string
start(GivesText).to(TakesNumber);
// @ts-expect-error -- nor
start(GivesText).to(TakesNumberToo);
// @ts-expect-error -- process takes a string, and gets a number
@Node({ input: fromUnknown })
class TakesText {
  process(text: string): string {
    return text;
  }
}
// @ts-expect-error -- nor from any
@Node({ input: fromAny })
class TakesTextToo {
  process(text: string): string {
    return text;
  }
}
// @ts-expect-error -- nobody knows what it makes
@Node({ input: untyped })
class TakesUntyped {
  process(text: string): string {
    return text;
  }
}
@Node({ input: untyped })
class LooksAtNothing {
  process(_: unknown): string {
    return '';
  }
}

// What leaves: what the schema makes is what `process` says it emits.
@Node({ output: fromUnknown })
class EmitsNumber {
  process(_: Order): number {
    return 1;
  }
}
@Node({ output: fromUnknown })
class EmitsNumberOrText {
  process(_: Order): number | string {
    return 1;
  }
}
@Node({ output: fromUnknown })
class EmitsMany {
  async *process(_: Order): AsyncGenerator<number, number> {
    yield 1;
    return 2;
  }
}
// @ts-expect-error -- a number leaves, and the edges say string
@Node({ output: fromUnknown })
class EmitsText {
  process(_: Order): string {
    return '';
  }
}
// @ts-expect-error -- nor from any
@Node({ output: fromAny })
class EmitsTextToo {
  async process(_: Order): Promise<string> {
    return '';
  }
}
// @ts-expect-error -- nor from what a generator gives
@Node({ output: fromUnknown })
class StreamsText {
  async *process(_: Order): AsyncGenerator<string, string> {
    yield '';
    return '';
  }
}
@Node({ output: fromUnknown })
class EndsWithText {
  async *process(_: Order): AsyncGenerator<number, string> {
    yield 1;
    return '';
  }
}
expectTrue<Equal<NodeOutput<typeof EndsWithText>, number | string>>();
// @ts-expect-error -- a number leaves where a text went in
@Node({ output: fromText })
class EmitsTextOnly {
  process(_: Order): string {
    return '';
  }
}
// @ts-expect-error -- the schema takes no number
@Node({ output: fromText })
class EmitsNumberOnly {
  process(_: Order): number {
    return 1;
  }
}
// @ts-expect-error -- nobody knows what it makes
@Node({ output: untyped })
class EmitsUntyped {
  process(_: Order): string {
    return '';
  }
}
@Node({ output: anything })
class EmitsAnything {
  process(_: Order): string {
    return '';
  }
}
// @ts-expect-error -- the schema leaves out the address
@Node({ output: person })
class EmitsMore {
  process(_: Order): Person & { readonly address: string } {
    return { name: '', age: 1, address: '' };
  }
}
@Node({ output: person })
class EmitsPerson {
  process(_: Order): Person {
    return { name: '', age: 1 };
  }
}
// A schema that only checks may allow more than the node emits.
@Node({ output: circleOrSquare })
class EmitsCircle {
  process(_: Order): Circle {
    return new Circle();
  }
}
// @ts-expect-error -- it knows no rush, whose `by` it would leave out
@Node({ output: circleOrSquare })
class EmitsRushOrCircle {
  process(_: Order): (Circle & Rush) | Square {
    return new Square();
  }
}
// A class passes its instances as they are.
@Node({ output: Order })
class EmitsRush {
  process(_: Order): Rush {
    return new Rush();
  }
}
@Node({ output: oneOf(Circle, Square) })
class EmitsOneOfTwo {
  process(_: Order): Circle {
    return new Circle();
  }
}
@Node({ output: fromUnknown })
class ByHand {
  async process(_: Order): Promise<void> {}
}

// Inside of lists and unions.
@Node({ output: arrayOf(fromUnknown) })
class EmitsNumbers {
  process(_: Order): readonly number[] {
    return [];
  }
}
// @ts-expect-error -- numbers leave
@Node({ output: arrayOf(fromUnknown) })
class EmitsTexts {
  process(_: Order): string[] {
    return [];
  }
}
// @ts-expect-error -- the schema would make a number of the text
@Node({ output: oneOf(Circle, fromUnknown) })
class EmitsCircleOrText {
  process(_: Order): Circle | string {
    return '';
  }
}
@Node({ output: oneOf(Circle, fromUnknown) })
class EmitsCircleOrNumber {
  process(_: Order): Circle | number {
    return 1;
  }
}
// @ts-expect-error -- numbers arrive
@Node({ input: arrayOf(fromUnknown) })
class TakesTexts {
  process(_: string[]): number {
    return 1;
  }
}
// @ts-expect-error -- a number may arrive
@Node({ input: oneOf(words, fromUnknown) })
class TakesWord {
  process(_: string): number {
    return 1;
  }
}

const mixed = arrayOf(oneOf(Circle, numbers));
expectTrue<Equal<ShapeType<typeof mixed>, (Circle | number)[]>>();
expectTrue<Equal<ShapeInput<typeof mixed>, readonly (Circle | number)[]>>();
expectTrue<Equal<ShapeMade<typeof mixed>, number[]>>();
const classes = arrayOf(oneOf('kind', { circle: Circle, square: Square }));
expectTrue<Equal<ShapeMade<typeof classes>, never>>();
expectTrue<Equal<ShapeInput<typeof fromText>, string>>();

/** A class that is a schema, too, as some libraries make them: the runtime asks it as a schema. */
declare const Both: StandardSchema<string, Order> & (new () => Order);
expectTrue<Equal<ShapeInput<typeof Both>, string>>();
expectTrue<Equal<ShapeMade<typeof Both>, Order>>();

// Several signatures of `process`: an edge would know the last one alone.
// @ts-expect-error -- two
@Node()
class TwoSignatures {
  process(payload: Circle): string;
  process(payload: Square): number;
  process(payload: Circle | Square): string | number {
    return payload instanceof Circle ? '' : 1;
  }
}
// @ts-expect-error -- three, of which the last two look alike to an edge
@Node()
class ThreeSignatures {
  process(payload: Circle): string;
  process(payload: Square): number;
  process(payload: Square, ctx: never): number;
  process(payload: Circle | Square): string | number {
    return payload instanceof Circle ? '' : 1;
  }
}
// @ts-expect-error -- the same payload, with two results
@Node()
class TwoResults {
  process(payload: Circle): string;
  process(payload: Circle, ctx: never): number;
  process(): string | number {
    return 1;
  }
}
// @ts-expect-error -- an intersection has two as well
@Node()
class AsField {
  declare readonly process: ((payload: Circle) => string) & ((payload: Square) => number);
}
@Node()
class OneForBoth {
  process(payload: Circle | Square): string | number {
    return payload instanceof Circle ? '' : 1;
  }
}
@Node()
class Generic {
  process<T extends Order>(payload: T): T {
    return payload;
  }
}
expectTrue<Equal<NodeOutput<typeof Generic>, Order>>();
@Node()
class OfAny {
  // oxlint-disable-next-line typescript/no-explicit-any -- whoever writes it gets no checks
  process(payload: any): any {
    return payload;
  }
}
/** A base of nodes. */
abstract class Typed<I, O> {
  abstract process(payload: I): O;
}
@Node({ output: numbers })
class FromBase extends Typed<Order, number> {
  override process(_: Order): number {
    return 1;
  }
}

export const all = uncheckedGraph(
  [
    TakesText,
    TakesTextToo,
    TakesUntyped,
    LooksAtNothing,
    EmitsNumber,
    EmitsNumberOrText,
    EmitsMany,
    EmitsText,
    EmitsTextToo,
    StreamsText,
    EndsWithText,
    EmitsTextOnly,
    EmitsNumberOnly,
    EmitsUntyped,
    EmitsAnything,
    EmitsMore,
    EmitsPerson,
    EmitsCircle,
    EmitsRushOrCircle,
    EmitsRush,
    EmitsOneOfTwo,
    ByHand,
    EmitsNumbers,
    EmitsTexts,
    EmitsCircleOrText,
    EmitsCircleOrNumber,
    TakesTexts,
    TakesWord,
    TwoSignatures,
    ThreeSignatures,
    TwoResults,
    AsField,
    OneForBoth,
    Generic,
    OfAny,
    FromBase,
  ].map((node) => [node, []] as const),
);
