/* Compiled, never run: the nodes of README.md, and what it says of them. */
import { Node } from '#src/metadata/node.js';
import type { NodeContext } from '#src/ports/node-context.js';
import { start } from '#src/graph/start.js';

@Node()
class Price {
  async process({ sku }: { sku: string }, ctx: NodeContext): Promise<number> {
    return sku.length + ctx.attempt;
  }
}

@Node()
class Invoice {
  process(price: number): string {
    return `${price} krill, please`;
  }
}

start(Price).to(Invoice);
// @ts-expect-error Invoice emits a string, Price takes an object with a sku
start(Invoice).to(Price);
