import { Flow, Node, start, type FlowNode } from '#src/index.js';

/** Fails for every other text, each time with an error of a new name. */
@Node()
class Boom implements FlowNode<string, string> {
  process(text: string): string {
    if (text.charCodeAt(0) % 2 === 0) return text;
    const error = new Error(text);
    error.name = `Error${text}`;
    throw error;
  }
}
// A machine with much else to do holds the event loop, which has series of its own.
@Flow({ blockedMs: 0 })
export class Storm {
  readonly graph = start(Boom);
}
