import { expect } from 'chai';
import { z } from 'zod';
import { arrayOf, Node, type NodeContext } from '#src/index.js';
import { FlowBench } from '../support/flows.js';
import { line } from '../support/nodes.js';
import { failureOf, violationsOf } from './support/failure-of.js';

const Order = z.object({
  id: z.string().min(2),
  count: z.coerce.number().int().default(1),
  lines: z.array(z.object({ sku: z.string(), price: z.number().positive() })),
});
const Receipt = z.object({ id: z.string(), total: z.number() });

@Node({ input: Order, output: Receipt })
class Price {
  process(order: z.output<typeof Order>, _ctx: NodeContext): z.output<typeof Receipt> {
    return { id: order.id, total: order.count * order.lines.reduce((sum, { price }) => sum + price, 0) };
  }
}

@Node({ input: arrayOf(Receipt) })
class Sum {
  process(receipts: z.output<typeof Receipt>[]): number {
    return receipts.reduce((sum, { total }) => sum + total, 0);
  }
}

// @ts-expect-error process takes what the schema makes: a number, not what it accepts
@Node({ input: z.string().transform(Number) })
class Wrong {
  process(_: string): void {}
}
void Wrong;

describe('a zod schema', () => {
  const bench = new FlowBench();
  beforeEach(() => bench.reset());
  afterEach(() => bench.stopAll());

  it('R15 fits without an adapter: it converts, fills in defaults and is checked against process', async () => {
    const flow = await bench.run(line(Price));
    expect(await flow.call({ id: 'ab', count: '2', lines: [{ sku: 'a', price: 1.5 }] })).to.deep.equal({
      id: 'ab',
      total: 3,
    });
    const sum = await bench.run(line(Sum));
    expect(await sum.call([{ id: 'a', total: 1 }])).to.equal(1);
  });

  it('R15 gives violations with paths and codes', async () => {
    const flow = await bench.run(line(Price));
    const error = await failureOf(flow.call({ id: 'a', count: 1, lines: [{ sku: 7, price: -5 }] }));
    expect(violationsOf(error)).to.deep.equal([
      { path: 'id', constraints: { too_small: 'must satisfy too_small' } },
      { path: 'lines[0].sku', constraints: { invalid_type: 'must be string' } },
      { path: 'lines[0].price', constraints: { too_small: 'must satisfy too_small' } },
    ]);
  });
});
