import { expectTypeOf } from 'expect-type';
import { FlowError, type FlowErrorCode, type Message } from '#src/index.js';

expectTypeOf<FlowError['code']>().toEqualTypeOf<FlowErrorCode>();
expectTypeOf(FlowError.is).guards.toEqualTypeOf<FlowError>();
expectTypeOf<Message<'a'>>().toExtend<Message<string>>();
expectTypeOf<Message<string>>().not.toExtend<Message<number>>();

// @ts-expect-error -- a code that the catalogue does not have
new FlowError('NO_SUCH_CODE', { message: 'never' });
