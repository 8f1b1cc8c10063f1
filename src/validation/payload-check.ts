import { FlowError } from '../errors/flow-error.js';
import { noteViolation } from '../errors/own-violations.js';
import { withoutFrames } from '../errors/without-frames.js';
import { isThenable } from '../message/is-thenable.js';
import { andThen } from '../message/later.js';
import { Message } from '../message/message.js';
import type { ShapeCheck } from './shape-check.js';
import { thrownKind } from './value-kind.js';
import { Violations } from './violations.js';

/** Which way the payload goes. */
export type PayloadDirection = 'input' | 'output';

/** Whose payload it is. */
export interface CheckedParty {
  readonly name: string;
  readonly id: string;
  /** Whether what it gets came from outside. */
  readonly ingress: boolean;
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
   * What goes on in place of the payload; a `Later` only where a rule is asynchronous.
   * @throws FlowError `VALIDATION_FAILED`
   */
  check(payload: unknown, traceId: string): unknown {
    const violations = new Violations();
    return andThen(this.#checked(payload, violations), (checked) => {
      if (checked !== payload && violations.count === 0 && isThenable(checked)) {
        violations.add('', { promise: 'becomes a promise, or has a `then`: it can be no payload' });
      }
      if (violations.count > 0) throw this.#failure(violations, traceId);
      return checked;
    });
  }

  #checked(payload: unknown, violations: Violations): unknown {
    try {
      return this.#shape.check(payload, '', violations);
    } catch (error) {
      // A proxy or a getter that throws.
      violations.add('', { conversion: `cannot be looked at: ${thrownKind(error)} was thrown` });
      return payload;
    }
  }

  /** Like `check`, for what leaves a node: the payload of a `Message` is checked in its envelope. */
  checkEmitted(emitted: unknown, traceId: string): unknown {
    if (!Message.is(emitted)) return this.check(emitted, traceId);
    return andThen(this.check(emitted.payload, traceId), (payload) =>
      payload === emitted.payload ? emitted : emitted.with({ payload }),
    );
  }

  #failure({ listed, count, hint, isSchemaBroken }: Violations, traceId: string): FlowError {
    const named = listed
      .slice(0, NAMED_PATHS)
      .map(({ path, constraints }) => `${path || 'the payload'} (${Object.keys(constraints).join(', ')})`);
    const more = count > named.length ? ` and ${count - named.length} more` : '';
    const isFromOutside = this.#direction === 'input' && this.#node.ingress;
    const init = {
      message: `The ${this.#direction} of node "${this.#node.name}" is not valid: ${named.join(', ')}${more}`,
      traceId,
      nodeName: this.#node.name,
      nodeId: this.#node.id,
      hint,
      metadata: {
        direction: this.#direction,
        violations: listed,
        // A schema that is broken says nothing about what came in.
        ...(isSchemaBroken ? { schema_broken: true } : isFromOutside ? { ingress: true } : undefined),
        ...(count > listed.length ? { violations_left_out: count - listed.length } : undefined),
      },
    };
    // What was checked came from elsewhere; the frames of an emit are put in where it is refused.
    return noteViolation(withoutFrames(() => new FlowError('VALIDATION_FAILED', init)));
  }
}
