import { Buffer } from 'node:buffer';

import type { FlowError } from '../index.js';
import { noSuchQueue } from '../distributed/carrier/carrier-errors.js';
import type { OutMessage } from '../distributed/index.js';
import { AGAIN_MS, type NatsLine } from './nats-line.js';
import { escaped, type Names } from './names.js';
import type { KnownPlan, Provisioning } from './provisioning.js';
import { QueueRoom } from './queue-room.js';
import { store } from './store.js';

export type Done = (error: FlowError | undefined, duplicate: boolean) => void;

/** After so many places that are taken, the queue is looked at. */
const TRIES = 8;
const TAKEN_MS = 20;

/** Stores messages in the queues of a flow. */
export class Sender {
  readonly #line: NatsLine;
  readonly #names: Names;
  readonly #flow: string;
  readonly #provisioning: Provisioning;
  readonly #rooms = new Map<string, QueueRoom>();
  readonly #places = new Map<string, number>();
  #known: KnownPlan | undefined;
  #hasPlaces = true;

  constructor(line: NatsLine, names: Names, flow: string, provisioning: Provisioning) {
    this.#line = line;
    this.#names = names;
    this.#flow = flow;
    this.#provisioning = provisioning;
  }

  /** Reads what the flow has at the server. */
  async learn(): Promise<KnownPlan | undefined> {
    this.#known = await this.#provisioning.read();
    this.#hasPlaces = (this.#known?.replicas ?? 1) === 1;
    for (const { queue, bound } of this.#known?.plan.queues ?? []) this.room(queue).changed(bound, !this.#hasPlaces);
    return this.#known;
  }

  get known(): KnownPlan | undefined {
    return this.#known;
  }

  /** Whether the server has the queue, as far as that is known. */
  async has(queue: string): Promise<boolean> {
    const isIn = (known: KnownPlan | undefined): boolean =>
      known?.plan.queues.some((each) => each.queue === queue) === true;
    return isIn(this.#known) || isIn(await this.learn());
  }

  room(queue: string): QueueRoom {
    let room = this.#rooms.get(queue);
    if (room === undefined) {
      const stream = this.#names.workStream(this.#flow);
      room = new QueueRoom(this.#line, stream, this.#names.consumer(queue), queue.includes('#'));
      this.#rooms.set(queue, room);
    }
    return room;
  }

  wakeAll(): void {
    for (const room of this.#rooms.values()) room.wakeAll();
  }

  /** Stores a message where the queue has a place for it, as soon as it has. */
  send(message: OutMessage, done: Done): void {
    const room = this.room(message.queue);
    room.sent();
    let tries = 0;
    const go = (): void =>
      this.#store(message, this.#placeIn(message.queue, room.bound), finish, () => {
        tries += 1;
        room.refused();
        this.#jump(message.queue, room.bound);
        if (tries % TRIES === 0) this.#line.after(TAKEN_MS, go);
        else go();
      });
    const finish: Done = (error, duplicate) => {
      room.answered();
      done(error, duplicate);
    };
    go();
  }

  /** Stores a message above the bound as well: each has a place of its own. */
  sendBeside(message: OutMessage, done: Done): void {
    this.#store(message, `d.${escaped(message.id)}`, done, () => done(undefined, true));
  }

  #store({ id, queue, head, body }: OutMessage, place: string, done: Done, taken: () => void): void {
    store(
      this.#line,
      {
        subject: `${this.#names.queue(this.#flow, queue)}.${place}`,
        data: head + body,
        id: escaped(id),
        facts: { Pf: String(Buffer.byteLength(head)) },
      },
      ({ duplicate }) => done(undefined, duplicate),
      (why) => {
        if (why === 'place taken') {
          taken();
          return undefined;
        }
        // Nobody listens: the server has just started, or there is no such queue.
        void this.#refuseIfGone(queue, done, () => this.#store({ id, queue, head, body }, place, done, taken));
        return undefined;
      },
      (error) => done(error, false),
    );
  }

  async #refuseIfGone(queue: string, done: Done, again: () => void): Promise<void> {
    try {
      await this.learn();
    } catch (error) {
      done(error as FlowError, false);
      return;
    }
    if (await this.has(queue)) this.#line.after(AGAIN_MS, again);
    else done(noSuchQueue(this.#flow, queue), false);
  }

  /** The places beside one that is taken are often taken, too. */
  #jump(queue: string, bound: number): void {
    if (bound > TRIES) this.#places.set(queue, Math.floor(Math.random() * bound));
  }

  #placeIn(queue: string, bound: number): string {
    if (!this.#hasPlaces) return 'p';
    const place = this.#places.get(queue) ?? Math.floor(Math.random() * bound);
    this.#places.set(queue, (place + 1) % bound);
    return String(place % bound);
  }
}
