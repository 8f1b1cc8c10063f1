import { Injectable, NotFoundException } from '@nestjs/common';
import { Flow, FlowLogger, Node, start, type FlowNode, type NodeContext } from 'penguiflow';

/** What the flow of every application here takes. */
export interface OrderInput {
  readonly sku: string;
  /** Wait until the run is cancelled. */
  readonly wait?: boolean | null;
}

/** What it gives. */
export interface Priced {
  readonly sku: string;
  readonly cents: number;
}

/** What nodes saw, for the tests. */
@Injectable()
export class Desk {
  /** The trace ids and tenants of the messages, in the order of their arrival. */
  readonly seen: { readonly traceId: string; readonly tenant: string }[] = [];
  readonly arrived: Promise<void>;
  readonly aborted: Promise<void>;
  arrive!: () => void;
  abort!: () => void;

  constructor() {
    this.arrived = new Promise((resolve) => {
      this.arrive = resolve;
    });
    this.aborted = new Promise((resolve) => {
      this.abort = resolve;
    });
  }
}

@Node()
export class Price implements FlowNode<OrderInput, Priced> {
  constructor(private readonly desk: Desk) {}

  async process({ sku, wait }: OrderInput, ctx: NodeContext): Promise<Priced> {
    const { traceId, tenant } = ctx;
    this.desk.seen.push({ traceId, tenant });
    ctx.logger.info('pricing', { sku });
    if (sku === 'broken') throw new TypeError('secret of the catalogue');
    if (sku === 'unknown') throw new NotFoundException('secret of the shelf');
    if (wait === true) {
      await new Promise<void>((resolve) => {
        ctx.signal.addEventListener('abort', () => resolve());
        this.desk.arrive();
      });
      this.desk.abort();
    }
    await ctx.emitChunk(`priced ${sku}`);
    return { sku, cents: sku.length * 100 };
  }
}

@Flow({ middlewares: [FlowLogger] })
export class Orders {
  readonly graph = start(Price);
}

export const ORDERS = [Orders, Price, Desk] as const;
