import { Flow, Node, start, type FlowNode } from 'penguiflow';

/** What goes through the chain. */
export class Item {
  constructor(readonly n: number) {}
}

/** The same work without a runtime. */
export interface BareNode {
  process(item: Item): Promise<Item>;
}

@Node({ timeoutS: 5, maxRetries: 3 })
class First implements FlowNode<Item, Item> {
  async process(item: Item): Promise<Item> {
    return item;
  }
}

@Node({ timeoutS: 5, maxRetries: 3 })
class Second implements FlowNode<Item, Item> {
  async process(item: Item): Promise<Item> {
    return item;
  }
}

@Node({ timeoutS: 5, maxRetries: 3 })
class Third implements FlowNode<Item, Item> {
  async process(item: Item): Promise<Item> {
    return item;
  }
}

@Node({ timeoutS: 5, maxRetries: 3 })
class Fourth implements FlowNode<Item, Item> {
  async process(item: Item): Promise<Item> {
    return item;
  }
}

@Node({ timeoutS: 5, maxRetries: 3 })
class Fifth implements FlowNode<Item, Item> {
  async process(item: Item): Promise<Item> {
    return item;
  }
}

/** Five nodes in a row, each with a timeout and retries. */
@Flow({ queueMaxsize: 64 })
export class Chain {
  readonly graph = start(First).to(Second).to(Third).to(Fourth).to(Fifth);
}

/** The five functions of the chain, to be called directly. */
export function bareNodes(): readonly BareNode[] {
  return [new First(), new Second(), new Third(), new Fourth(), new Fifth()];
}
