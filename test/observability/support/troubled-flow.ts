import { FlowHistory, memoryStore, type FlowStore, type StoreBatch } from '#src/store/index.js';
import { circuitBreaker, ConsecutiveBreaker, handleAll } from 'cockatiel';
import { Writable } from 'node:stream';
import {
  configureLogging,
  createFlow,
  dependency,
  Flow,
  getLogger,
  Node,
  shutdownLogging,
  start,
  type FlowNode,
  type NodeContext,
  type PenguiFlow,
} from '#src/index.js';
import { Transport } from '../../logging/support/slow-transport.js';

const bank = dependency('bank', {
  policy: circuitBreaker(handleAll, { halfOpenAfter: 300, breaker: new ConsecutiveBreaker(1) }),
});

/** Whether everything goes wrong at the moment, and who waits for that to end. */
class Trouble {
  isOn = false;
  over: Promise<void> = Promise.resolve();
  end: () => void = () => {};

  begin(): void {
    this.isOn = true;
    this.over = new Promise((resolve) => {
      this.end = () => {
        this.isOn = false;
        resolve();
      };
    });
  }
}

@Node()
class Stuck implements FlowNode<string, string> {
  constructor(private readonly trouble: Trouble) {}
  async process(text: string): Promise<string> {
    await this.trouble.over;
    return text;
  }
}
@Node({ timeoutS: 0.02, concurrency: 16 })
class Hangs implements FlowNode<string, string> {
  constructor(private readonly trouble: Trouble) {}
  process(text: string, ctx: NodeContext): string | Promise<string> {
    if (!this.trouble.isOn) return text;
    return new Promise((_, reject) => {
      ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason as Error));
    });
  }
}
@Node()
class Fails implements FlowNode<string, string> {
  constructor(private readonly trouble: Trouble) {}
  process(text: string): string {
    if (this.trouble.isOn) throw new TypeError('trouble');
    return text;
  }
}
/** Tries again and again while there is trouble, and is slow in the end. */
@Node({ maxRetries: 3, backoffBaseS: 0, concurrency: 16 })
class Retries implements FlowNode<string, string> {
  constructor(private readonly trouble: Trouble) {}
  async process(text: string, ctx: NodeContext): Promise<string> {
    if (this.trouble.isOn && ctx.attempt < 3) throw new TypeError('trouble');
    if (this.trouble.isOn) await ctx.sleep(0.25);
    return text;
  }
}
/** Slower than the deadlines of its messages, while there is trouble. */
@Node()
class Late implements FlowNode<string, string> {
  constructor(private readonly trouble: Trouble) {}
  async process(text: string, ctx: NodeContext): Promise<string> {
    if (this.trouble.isOn) await ctx.sleep(0.03);
    return text;
  }
}
/** Calls what is down while there is trouble, through a breaker. */
@Node()
class Charges implements FlowNode<string, string> {
  constructor(private readonly trouble: Trouble) {}
  process(text: string, ctx: NodeContext): Promise<string> {
    return ctx.through(bank, () => {
      if (this.trouble.isOn) throw new RangeError('trouble');
      return text;
    });
  }
}
@Flow({ queueMaxsize: 8 })
class Troubled {
  readonly graph = start(Stuck, Hangs, Fails, Retries, Late, Charges);
}

/** A log destination that takes nothing while there is trouble. */
class Jam extends Writable {
  readonly #trouble: Trouble;

  constructor(trouble: Trouble) {
    super({ highWaterMark: 1 });
    this.#trouble = trouble;
  }

  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    void this.#trouble.over.finally(done);
  }
}

const EVERY_MS = 50;
const ignore = (): void => {};

/** A log destination that refuses every line while there is trouble. */
class Refusing extends Transport {
  readonly #trouble: Trouble;

  constructor(trouble: Trouble) {
    super();
    this.#trouble = trouble;
  }

  override log(_info: unknown, done: () => void): void {
    if (this.#trouble.isOn) throw new RangeError('trouble');
    done();
  }
}

/** A store that takes no rows while there is trouble. */
function jammedStore(trouble: Trouble): FlowStore {
  const store = memoryStore();
  const write = store.write.bind(store);
  return Object.assign(store, {
    write: async (batch: StoreBatch) => {
      if (trouble.isOn) await trouble.over;
      return write(batch);
    },
  });
}

/** A flow under steady traffic, with a switch that makes everything that there is an alert for go wrong at once. */
export class TroubledFlow {
  readonly flow: PenguiFlow<string, string>;
  readonly history: FlowHistory;
  readonly #trouble = new Trouble();
  #client: NodeJS.Timeout | undefined;

  constructor() {
    this.history = new FlowHistory(jammedStore(this.#trouble), { bufferRows: 2_048 });
    const providers = [{ token: Trouble, useValue: this.#trouble }];
    this.flow = createFlow(Troubled, { providers, history: this.history });
  }

  async start(): Promise<void> {
    configureLogging({
      destination: new Jam(this.#trouble),
      bufferChars: 500,
      transports: [new Refusing(this.#trouble)],
    });
    this.flow.on('node_success', () => {
      if (this.#trouble.isOn) throw new RangeError('trouble');
    });
    await this.flow.run();
    this.#client = setInterval(() => this.#send(), EVERY_MS);
  }

  begin(): void {
    this.#trouble.begin();
  }

  end(): void {
    this.#trouble.end();
  }

  async stop(): Promise<void> {
    clearInterval(this.#client);
    this.end();
    await this.flow.stop();
    await this.history.close();
    await shutdownLogging();
  }

  #send(): void {
    const { flow } = this;
    for (const to of [Hangs, Fails, Retries, Charges]) flow.call('x', { to }).catch(ignore);
    // Only as many as fit and one that waits for room.
    if (flow.snapshot().nodes[0]?.waitingForRoom === 0) flow.call('x', { to: Stuck }).catch(ignore);
    for (let n = 0; n < 3; n++)
      flow.call('x', { to: Late, ...(this.#trouble.isOn ? { timeoutS: 0.01 } : {}) }).catch(ignore);
    if (this.#trouble.isOn) {
      for (let n = 0; n < 3; n++) {
        const traceId = `cancelled ${Math.random()}`;
        flow.call('x', { to: Hangs, traceId }).catch(ignore);
        setImmediate(() => flow.cancel(traceId));
      }
    }
    getLogger().info('x'.repeat(200));
  }
}
