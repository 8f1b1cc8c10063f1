/* Compiled, never run: each `@ts-expect-error` fails the build when the line below it compiles. */
import { expectTypeOf } from 'expect-type';
import {
  arrayOf,
  Flow,
  Node,
  oneOf,
  type NextInvocation,
  type NodeInvocation,
  type StandardSchema,
} from '#src/index.js';
import type { ShapeType } from '#src/ports/payload-shape.js';

class Order {
  readonly id: string = '';
}
class Circle {
  readonly radius: number = 0;
}
class Square {
  readonly side: number = 0;
}
declare const count: StandardSchema<string, number>;
declare const person: StandardSchema<{ name: string; age?: number }, { name: string; age: number }>;

const anyShape = oneOf('kind', { circle: Circle, square: Square });
expectTypeOf<ShapeType<typeof anyShape>>().toEqualTypeOf<Circle | Square>();
const orders = arrayOf(Order);
expectTypeOf<ShapeType<typeof orders>>().toEqualTypeOf<Order[]>();
const nested = arrayOf(oneOf(Circle, count));
expectTypeOf<ShapeType<typeof nested>>().toEqualTypeOf<(Circle | number)[]>();

// What agrees.
@Node({ input: arrayOf(Order), output: arrayOf(Circle), whitelist: true })
class TakesList {
  process(_: Order[]): Circle[] {
    return [];
  }
}
void TakesList;
@Node({ input: arrayOf(Order), output: arrayOf(Circle) })
class TakesReadonlyList {
  process(_: readonly Order[]): readonly Circle[] {
    return [];
  }
}
void TakesReadonlyList;
@Node({ input: oneOf(Circle, Square), output: oneOf(Circle, Square) })
class TakesUnion {
  process(shape: Circle | Square): Circle | Square {
    return shape;
  }
}
void TakesUnion;
@Node({ input: count })
class TakesSchemaOutput {
  process(n: number): number {
    return n;
  }
}
void TakesSchemaOutput;
@Node({ input: person, output: person })
class TakesObjectSchema {
  process(given: { name: string; age: number }): { name: string; age: number } {
    return given;
  }
}
void TakesObjectSchema;

// What does not.
// @ts-expect-error process takes one Order
@Node({ input: arrayOf(Order) })
class TakesOne {
  process(_: Order): number {
    return 1;
  }
}
void TakesOne;
// @ts-expect-error a square may arrive
@Node({ input: oneOf(Circle, Square) })
class TakesCircle {
  process(_: Circle): number {
    return 1;
  }
}
void TakesCircle;
// @ts-expect-error process takes what the schema makes of a string
@Node({ input: count })
class TakesSchemaInput {
  process(_: string): number {
    return 1;
  }
}
void TakesSchemaInput;
// @ts-expect-error process emits a square
@Node({ output: arrayOf(Circle) })
class EmitsSquares {
  process(): Square[] {
    return [];
  }
}
void EmitsSquares;
// @ts-expect-error process emits an Order
@Node({ output: person })
class EmitsOrder {
  process(): Order {
    return new Order();
  }
}
void EmitsOrder;
// @ts-expect-error a number is no shape
arrayOf(7);

// Interceptors.
class Timing {
  async intercept(invocation: NodeInvocation, next: NextInvocation): Promise<unknown> {
    return next(invocation.with({ payload: 1 }));
  }
}
Node({ interceptors: [Timing, new Timing()] });
Flow({ interceptors: [Timing] });
// @ts-expect-error no intercept
Flow({ interceptors: [Order] });
// @ts-expect-error next takes an invocation, not a payload
export const wrong = async (next: NextInvocation): Promise<unknown> => next(7);
