import { expectTypeOf } from 'expect-type';
import { Flow, Node, start, type FlowNode } from 'penguiflow';
import { Distributed, queue, Wire, wire, type NodeQueue, type WireType } from 'penguiflow/distributed';

@Wire('doc')
class Doc {
  readonly customer: string = '';
}

class Money {
  readonly #cents: number;

  constructor(cents: number) {
    this.#cents = cents;
  }

  get cents(): number {
    return this.#cents;
  }
}

@Node()
class Score implements FlowNode<Doc, Money> {
  process(doc: Doc): Money {
    return new Money(doc.customer.length);
  }
}

expectTypeOf(queue(Score, { order: { by: (doc) => doc.customer } })).toEqualTypeOf<NodeQueue>();
expectTypeOf(
  queue(Score, { order: { by: (doc: Doc) => doc.customer, lanes: 4, onDead: 'skip' } }),
).toEqualTypeOf<NodeQueue>();
// @ts-expect-error -- the node takes a Doc
queue(Score, { order: { by: (money: Money) => money.cents } });
// @ts-expect-error -- a key is a text or a number
queue(Score, { order: { by: (doc) => ({ customer: doc.customer }) } });
// @ts-expect-error -- no class of nodes
queue(Doc);

expectTypeOf(wire(Money, { encode: ({ cents }) => cents, decode: (cents) => new Money(cents) })).toEqualTypeOf<
  WireType<Money>
>();
// @ts-expect-error -- `decode` takes what `encode` gives
wire(Money, { encode: ({ cents }) => cents, decode: (text: string) => new Money(text.length) });

@Distributed({
  groups: { cpu: [Score] },
  queues: [queue(Score)],
  types: { doc: Doc, money: wire(Money, { encode: ({ cents }) => cents, decode: (cents) => new Money(cents) }) },
})
@Flow()
class Documents {
  readonly graph = start(Score);
}
expectTypeOf<InstanceType<typeof Documents>>().toHaveProperty('graph');

Distributed({ types: [Doc] });
// @ts-expect-error -- groups hold nodes
Distributed({ groups: { cpu: [Doc] } });
// @ts-expect-error -- one of three
Distributed({ results: 'later' });
// @ts-expect-error -- a class without a graph is no flow
Distributed()(Doc);
