import { setImmediate as turn } from 'node:timers/promises';
import { finalize, isObservable } from 'rxjs';
import { within } from './within.js';

type Handler = ((...args: unknown[]) => unknown) & Readonly<Record<string, unknown>>;

/** What the servers of `@nestjs/microservices` have in common. */
export interface TransportServer {
  /** Asked for every message. */
  getHandlerByPattern(pattern: string): Handler | null;
  close(): unknown;
  /** The client or clients of the broker; throws before `listen`. */
  unwrap?(): unknown;
  /** Of NATS. */
  readonly subscriptions?: readonly { drain(): Promise<void> }[];
}

/** The part of a broker's client that this needs. */
interface BrokerClient {
  /** Of NATS: resolves when everything that was written has arrived. */
  flush?(): Promise<void>;
  /** Of Redis: resolves when the broker has confirmed it. */
  unsubscribe?(): Promise<unknown>;
  punsubscribe?(): Promise<unknown>;
}

/** Counts the messages a transport has taken; once closed, it takes no more and tells when those are answered. */
export class TransportGate {
  readonly #server: TransportServer;
  readonly #open = new Set<Promise<void>>();
  #closed: Promise<number> | undefined;

  /** @param limitS - longest wait where NestJS closes the server before the application shuts down, in seconds */
  constructor(server: TransportServer, limitS: () => number) {
    this.#server = server;
    const handlerOf = server.getHandlerByPattern.bind(server);
    server.getHandlerByPattern = (pattern) => {
      const handler = handlerOf(pattern);
      return handler === null ? handler : this.#counted(handler);
    };
    const close = server.close.bind(server);
    // `close()` of a lone microservice closes the server before any hook.
    server.close = async () => {
      await this.close(limitS());
      await close();
    };
  }

  /** Ends the intake and waits for the messages that were taken; how many are left after `limitS` seconds. Once. */
  close(limitS: number): Promise<number> {
    return (this.#closed ??= this.#close(limitS));
  }

  async #close(limitS: number): Promise<number> {
    const endMs = performance.now() + limitS * 1000;
    const leftS = (): number => Math.max(0, endMs - performance.now()) / 1000;
    await within(limitS, endIntake(this.#server));
    // What has arrived is being read, and counts as soon as that is done.
    await turn();
    const taken = [...this.#open];
    await within(leftS(), Promise.all(taken));
    // The answer leaves a tick after the handler is done.
    await turn();
    await within(leftS(), flush(this.#server));
    return taken.filter((message) => this.#open.has(message)).length;
  }

  #counted(handler: Handler): Handler {
    const counted = async (...args: unknown[]): Promise<unknown> => {
      const end = this.#begin();
      try {
        const result = await handler(...args);
        if (isObservable(result)) return result.pipe(finalize(end));
        end();
        return result;
      } catch (error) {
        end();
        throw error;
      }
    };
    // `isEventHandler`, `extras` and `next` of NestJS.
    return Object.assign(counted, handler);
  }

  #begin(): () => void {
    const { promise, resolve } = withResolvers();
    this.#open.add(promise);
    return () => {
      this.#open.delete(promise);
      resolve();
    };
  }
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Tells the broker to send no more. A subscription of NATS that is merely ended drops what is on its way. */
async function endIntake(server: TransportServer): Promise<void> {
  const subscriptions = server.subscriptions ?? [];
  const clients = clientsOf(server);
  await Promise.allSettled([
    ...subscriptions.map((each) => each.drain()),
    ...clients.flatMap((client) => [client.unsubscribe?.() ?? [], client.punsubscribe?.() ?? []].flat()),
  ]);
}

async function flush(server: TransportServer): Promise<void> {
  await Promise.allSettled(clientsOf(server).flatMap((client) => client.flush?.() ?? []));
}

function clientsOf(server: TransportServer): readonly BrokerClient[] {
  try {
    const clients = [server.unwrap?.()].flat() as readonly (BrokerClient | null | undefined)[];
    return clients.filter((client) => client !== null && client !== undefined);
  } catch {
    return [];
  }
}
