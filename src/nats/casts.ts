import type { Subscription } from '../distributed/index.js';
import type { NatsLine } from './nats-line.js';
import { decoded, encoded, encodedPrefix, type Names } from './names.js';

/** What is said to who listens, without being stored. */
export class Casts {
  readonly #line: NatsLine;
  readonly #names: Names;
  readonly #prefix: string;
  readonly #ears = new Set<Subscription>();

  constructor(line: NatsLine, names: Names) {
    this.#line = line;
    this.#names = names;
    this.#prefix = names.subject('cast', '');
  }

  cast(topic: string, body: string): void {
    const { connection, isUp, isClosed } = this.#line;
    // The server ends a connection that sends more than it takes.
    if (isClosed || !isUp || Buffer.byteLength(body) > (connection.info?.max_payload ?? Infinity)) return;
    connection.publish(this.#prefix + encoded(topic), body);
  }

  hear(topicPrefix: string, on: (topic: string, body: string) => void): Subscription {
    if (this.#line.isClosed) return { close: () => undefined };
    const heard = this.#line.connection.subscribe(this.#names.subject('cast', encodedPrefix(topicPrefix)), {
      callback: (_error, message) => {
        const topic = decoded(message.subject.slice(this.#prefix.length));
        if (this.#ears.has(ear) && topic.startsWith(topicPrefix)) on(topic, message.string());
      },
    });
    const ear: Subscription = {
      close: () => {
        if (this.#ears.delete(ear)) heard.unsubscribe();
      },
    };
    this.#ears.add(ear);
    return ear;
  }

  close(): void {
    for (const ear of this.#ears) ear.close();
  }
}
