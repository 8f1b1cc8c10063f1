import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { Message, type FlowNode } from '../index.js';
import { testContext, type TestContext } from './test-context.js';

/**
 * Asserts that what a node returns and emits keeps the envelope: trace id and headers. A payload always does; a `Message`
 * that a node builds may not.
 *
 * @param node - the node itself
 * @param message - what it gets
 * @param ctx - @defaultValue `testContext({ message })`
 * @returns the messages: those it emitted, then those it returned
 * @throws AssertionError of `node:assert`
 * @example
 * ```ts
 * const [priced] = await checkEnvelope(new Price(catalog), new Message(order, { headers: { tenant: 'acme' } }));
 * ```
 */
export async function checkEnvelope<I, O>(
  node: FlowNode<I, O>,
  message: Message<I>,
  ctx: TestContext = testContext({ message }),
): Promise<readonly Message<O>[]> {
  const result: unknown = await node.process(message.payload, ctx);
  const returned = isAsyncIterable(result) ? await valuesOf(result) : [result];
  const sent = [...ctx.emitted.map(({ payload }) => payload), ...returned];
  return sent.filter((value) => value !== undefined).map((value) => checked(value, message) as Message<O>);
}

/** What the runtime emits of a stream: what it yields, and what it returns at its end, which `for await` would not see. */
async function valuesOf(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const iterator = stream[Symbol.asyncIterator]();
  const values: unknown[] = [];
  for (;;) {
    const step: IteratorResult<unknown, unknown> = await iterator.next();
    values.push(step.value);
    if (step.done === true) return values;
  }
}

function checked(value: unknown, message: Message): Message {
  if (!Message.is(value)) return message.with({ payload: value });
  strictEqual(value.traceId, message.traceId, 'the node changed the trace id');
  deepStrictEqual(value.headers, message.headers, 'the node changed the headers');
  return value;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
