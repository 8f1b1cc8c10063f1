import type { Span, SpanContext } from '@opentelemetry/api';
import { SPAN_ATTRIBUTES } from './attributes.js';

/** As many links as the SDKs keep per span by default. */
const MAX_LINKS = 128;

/**
 * Finds the joins of one trace: a node that took messages and sent nothing on, and then sends something on, has made it of
 * all of them. The attempt that sends gets a link to each that only took.
 */
export class OtelJoins {
  readonly #taken = new Map<string, SpanContext[]>();

  /** An attempt of the node is over and has sent nothing. */
  took(nodeId: string, span: Span): void {
    const taken = this.#taken.get(nodeId) ?? [];
    this.#taken.set(nodeId, taken);
    taken.push(span.spanContext());
    if (taken.length > MAX_LINKS) taken.shift();
  }

  /** An attempt of the node sends its first message. */
  sendsOn(nodeId: string, span: Span): void {
    const taken = this.#taken.get(nodeId);
    if (taken === undefined) return;
    this.#taken.delete(nodeId);
    span.addLinks(taken.map((context) => ({ context, attributes: { [SPAN_ATTRIBUTES.link]: 'join' } })));
  }
}
