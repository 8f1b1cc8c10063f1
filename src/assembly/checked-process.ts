import type { NodeContext } from '../ports/node-context.js';
import { AttemptContext } from '../runtime/attempt/attempt-context.js';
import type { NodeTarget } from '../runtime/attempt/node-call.js';
import { isThenable, toPromise } from '../message/is-thenable.js';
import { Later } from '../message/later.js';
import { isAsyncIterable } from '../runtime/attempt/node-result.js';
import type { PayloadCheck } from '../validation/payload-check.js';

/** A node whose payloads are checked on the way in, on the way out, or both. */
export class CheckedProcess implements NodeTarget {
  readonly #node: NodeTarget;
  readonly #input: PayloadCheck | undefined;
  readonly #output: PayloadCheck | undefined;

  constructor(node: NodeTarget, input: PayloadCheck | undefined, output: PayloadCheck | undefined) {
    this.#node = node;
    this.#input = input;
    this.#output = output;
  }

  process(payload: unknown, context: NodeContext): unknown {
    if (this.#input === undefined) return this.#process(payload, context);
    const checked = this.#input.check(payload, context.traceId);
    if (!(checked instanceof Later)) return this.#process(checked, context);
    return checked.settled.then(({ value }) => {
      // The attempt may have timed out or been cancelled while a rule was asking a database.
      AttemptContext.mustBeOpen(context, 'its validation took too long');
      return this.#process(value, context);
    });
  }

  #process(payload: unknown, context: NodeContext): unknown {
    const result = this.#node.process(payload, context);
    const output = this.#output;
    if (output === undefined) return result;
    if (isThenable(result)) return toPromise(result).then((settled) => checkResult(settled, output, context.traceId));
    return checkResult(result, output, context.traceId);
  }
}

function checkResult(result: unknown, output: PayloadCheck, traceId: string): unknown {
  if (result === undefined) return undefined;
  if (typeof result === 'object' && result !== null && isAsyncIterable(result))
    return checkEach(result, output, traceId);
  const checked = output.checkEmitted(result, traceId);
  return checked instanceof Later ? valueOfLater(checked) : checked;
}

async function valueOfLater({ settled }: Later): Promise<unknown> {
  return (await settled).value;
}

/** The same stream with each value checked, and the one that a generator returns at its end. */
async function* checkEach(values: AsyncIterable<unknown>, output: PayloadCheck, traceId: string): AsyncGenerator {
  const iterator = values[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      // An iterator that throws has ended too.
      ended = true;
      const step = await iterator.next();
      ended = step.done === true;
      const value: unknown = step.value;
      const checked = value === undefined ? undefined : output.checkEmitted(value, traceId);
      const known = checked instanceof Later ? await valueOfLater(checked) : checked;
      if (ended) return known;
      yield known;
    }
  } finally {
    // Left early: closed by the runtime, or by what was wrong with a value.
    if (!ended) await iterator.return?.();
  }
}
