import {
  Flow,
  FlowLogger,
  Middleware,
  Node,
  OnFlowEvent,
  start,
  uncheckedGraph,
  type FlowEvent,
  type FlowNode,
  type FlowSubscription,
  type NodeClass,
} from '#src/index.js';

/** A service that nobody has bound, and whose constructor must not run. */
export class Bank {
  constructor() {
    throw new Error('the bank was built');
  }
}

export class Refused {}

@Node()
class Receive implements FlowNode<number, number> {
  readonly bank: Bank;

  constructor(bank: Bank) {
    this.bank = bank;
  }

  process(order: number): number {
    return order;
  }
}

function step(name: string, options = {}): NodeClass {
  @Node({ name, ...options })
  class Step implements FlowNode<unknown> {
    process(payload: unknown): unknown {
      return payload;
    }
  }
  return Step;
}

const [Stock, Convert, Total, Ship, Audit] = ['Stock', 'Convert', 'Total', 'Ship', 'Audit'].map((name) =>
  step(name),
) as [NodeClass, NodeClass, NodeClass, NodeClass, NodeClass];
const Price = step('Price', { timeoutS: 2, maxRetries: 3, concurrency: 8 });

@Flow({ name: 'orders' })
export class Orders {
  readonly bank: Bank;
  readonly graph = uncheckedGraph([
    [Receive, [Price, Stock]],
    [Price, [Convert]],
    [Convert, [Total]],
    [Stock, [Total]],
    [Total, [Ship]],
  ]);

  constructor(bank: Bank) {
    this.bank = bank;
  }
}

@Flow()
export class Reviews {
  readonly graph = uncheckedGraph([
    [Receive, [Price]],
    [Price, [Convert]],
    [
      Convert,
      [
        { to: Price, on: Refused, back: true },
        {
          to: Ship,
          when: function isLarge(): boolean {
            return true;
          },
        },
        { to: Audit, otherwise: true },
      ],
    ],
  ]);
}

const chain = Array.from({ length: 64 }, (_, at) => step(`Step${at}`));

@Flow()
export class Chain {
  readonly graph = uncheckedGraph(chain.slice(1).map((to, at) => [chain[at]!, [to]] as const));
}

const wide = Array.from({ length: 62 }, (_, at) => step(`Part${at}`));

@Flow()
export class Wide {
  readonly graph = uncheckedGraph([[Stock, wide], ...wide.map((each) => [each, [Total]] as const)]);
}

@Flow({ queueMaxsize: 0 })
export class Alone {
  readonly graph = start(Ship);
}

@Middleware()
class Tally {
  #count = 0;

  get identity(): string | undefined {
    return this.#count === 0 ? undefined : 'tally';
  }

  @OnFlowEvent('node_error')
  count(): void {
    this.#count += 1;
  }
}

class Watch implements FlowSubscription {
  readonly name = 'watch';
  readonly #seen = new Set<string>();
  readonly listener = (event: FlowEvent): void => void this.#seen.add(event.eventType);

  get types(): readonly never[] {
    return this.#seen.size === 0 ? [] : [];
  }
}

class Bell {
  readonly #name: string = 'bell';

  subscription(): FlowSubscription {
    return { name: this.#name, listener: () => {} };
  }
}

@Flow({ middlewares: [FlowLogger, Tally, Watch, Bell] })
export class Watched {
  readonly graph = start(Ship);
}

export const notAFlow = (): void => {};
