import { FlowError } from '../errors/flow-error.js';
import { noteViolation } from '../errors/own-violations.js';
import { withoutFrames } from '../errors/without-frames.js';
import { Message } from '../message/message.js';
import { andThen } from '../message/is-thenable.js';
import type { ShapeCheck } from './shape-check.js';
import { Violations } from './violations.js';

/** Which way the payload goes. */
export type PayloadDirection = 'input' | 'output';

/** Whose payload it is. */
export interface CheckedParty {
  readonly name: string;
  readonly id: string;
}

/** How many paths the message of the error names. */
const NAMED_PATHS = 3;

/** Checks the payloads of one node in one direction. */
export class PayloadCheck {
  readonly #shape: ShapeCheck;
  readonly #node: CheckedParty;
  readonly #direction: PayloadDirection;

  constructor(shape: ShapeCheck, node: CheckedParty, direction: PayloadDirection) {
    this.#shape = shape;
    this.#node = node;
    this.#direction = direction;
  }

  /**
   * What goes on in place of the payload; a promise only where a rule is asynchronous.
   * @throws FlowError `VALIDATION_FAILED`
   */
  check(payload: unknown, traceId: string): unknown {
    const violations = new Violations();
    return andThen(this.#shape.check(payload, '', violations), (checked) => {
      if (violations.count > 0) throw this.#failure(violations, traceId);
      return checked;
    });
  }

  /** Like `run`, for what leaves a node: the payload of a `Message` is checked in its envelope. */
  checkEmitted(emitted: unknown, traceId: string): unknown {
    if (!Message.is(emitted)) return this.check(emitted, traceId);
    return andThen(this.check(emitted.payload, traceId), (payload) =>
      payload === emitted.payload ? emitted : emitted.with({ payload }),
    );
  }

  #failure({ listed, count, hint }: Violations, traceId: string): FlowError {
    const named = listed
      .slice(0, NAMED_PATHS)
      .map(({ path, constraints }) => `${path || 'the payload'} (${Object.keys(constraints).join(', ')})`);
    const more = count > named.length ? ` and ${count - named.length} more` : '';
    const init = {
      message: `The ${this.#direction} of node "${this.#node.name}" is not valid: ${named.join(', ')}${more}`,
      traceId,
      nodeName: this.#node.name,
      nodeId: this.#node.id,
      hint,
      metadata: {
        direction: this.#direction,
        violations: listed,
        ...(count > listed.length ? { violations_left_out: count - listed.length } : undefined),
      },
    };
    // What was checked came from elsewhere; the frames of an emit are put in where it is refused.
    return noteViolation(withoutFrames(() => new FlowError('VALIDATION_FAILED', init)));
  }
}
