// `instanceof` goes by markers at run time; to the compiler it means what it means for any class.
import { expectTypeOf } from 'expect-type';

import { FlowError, StreamChunk } from '#src/index.js';

class PaymentError extends FlowError {
  readonly card: string = 'visa';
}

export function narrowed(value: string | StreamChunk, error: unknown): void {
  if (value instanceof StreamChunk) expectTypeOf(value).toEqualTypeOf<StreamChunk>();
  else expectTypeOf(value).toEqualTypeOf<string>();
  if (StreamChunk.is(value)) expectTypeOf(value).toEqualTypeOf<StreamChunk>();
  if (error instanceof PaymentError) expectTypeOf(error.card).toEqualTypeOf<string>();
  if (error instanceof FlowError) expectTypeOf(error).toEqualTypeOf<FlowError>();
}
