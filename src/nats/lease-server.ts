import { parentPort, workerData } from 'node:worker_threads';

import { connect, type NatsConnection } from '@nats-io/transport-node';

import { RenewalBook } from './renewal-book.js';
import {
  RENEW,
  RENEWALS_PER_LEASE,
  TOLD,
  type LeaseReport,
  type LeaseRequest,
  type LeaseSetup,
} from './lease-protocol.js';

/** What the file of the thread does: it renews what sessions hold, over a connection of its own. */
export async function serveLeases(): Promise<void> {
  const { connect: options } = (workerData as { readonly penguiflowLeases: LeaseSetup }).penguiflowLeases;
  const say = (report: LeaseReport): void => parentPort?.postMessage(report);
  try {
    const connection = await connect(options);
    const sessions = new Map<number, SessionLeases>();
    parentPort?.on('message', (request: LeaseRequest) => receive(connection, sessions, request));
    void renewOnReturn(connection, sessions);
    say({ kind: 'ready' });
  } catch (error) {
    say({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
}

function receive(connection: NatsConnection, sessions: Map<number, SessionLeases>, request: LeaseRequest): void {
  if (request.kind === 'end') {
    parentPort?.close();
    void connection.close();
  } else if (request.kind === 'open') {
    sessions.set(request.session, new SessionLeases(connection, request.leaseMs, new BigInt64Array(request.told)));
  } else {
    const session = sessions.get(request.session);
    if (request.kind === 'add') session?.add(request);
    else if (request.kind === 'remove') session?.remove(request.acks);
    else if (request.kind === 'lease') session?.setLease(request.leaseMs);
    else {
      session?.close();
      sessions.delete(request.session);
    }
  }
}

async function renewOnReturn(connection: NatsConnection, sessions: ReadonlyMap<number, SessionLeases>): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === 'reconnect') for (const session of sessions.values()) void session.renew();
  }
}

/** What one session holds. */
class SessionLeases {
  readonly #connection: NatsConnection;
  readonly #told: BigInt64Array;
  readonly #book = new RenewalBook();
  #leaseMs: number;
  #timer: NodeJS.Timeout;

  constructor(connection: NatsConnection, leaseMs: number, told: BigInt64Array) {
    this.#connection = connection;
    this.#told = told;
    this.#leaseMs = leaseMs;
    this.#timer = this.#every(leaseMs);
  }

  add({ acks, first, agoMs }: LeaseRequest & { readonly kind: 'add' }): void {
    const fromMs = performance.now() - agoMs;
    for (const [index, ack] of acks.entries()) this.#book.add(ack, first + index, fromMs);
  }

  remove(acks: readonly string[]): void {
    for (const ack of acks) this.#book.remove(ack);
  }

  setLease(leaseMs: number): void {
    clearInterval(this.#timer);
    this.#leaseMs = leaseMs;
    this.#timer = this.#every(leaseMs);
    void this.renew();
  }

  async renew(): Promise<void> {
    if (this.#book.size === 0) return;
    const [sentNs, sentMs, sentWallMs, upTo] = [
      process.hrtime.bigint(),
      performance.now(),
      BigInt(Date.now()),
      this.#book.last,
    ];
    try {
      for (const ack of this.#book.acks()) this.#connection.publish(ack, RENEW);
      await this.#connection.flush();
    } catch {
      // The server is away: nothing is known to be renewed.
      return;
    }
    this.#book.renewed(upTo, sentMs, performance.now(), this.#leaseMs);
    Atomics.store(this.#told, TOLD.lapsedUpTo, BigInt(this.#book.lapsedUpTo));
    Atomics.store(this.#told, TOLD.upTo, BigInt(upTo));
    Atomics.store(this.#told, TOLD.sentWallMs, sentWallMs);
    Atomics.store(this.#told, TOLD.sentNs, sentNs);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #every(leaseMs: number): NodeJS.Timeout {
    return setInterval(() => void this.renew(), leaseMs / RENEWALS_PER_LEASE);
  }
}
