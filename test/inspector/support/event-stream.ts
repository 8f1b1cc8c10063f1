import { request as httpRequest, type IncomingMessage } from 'node:http';
import { TOKEN } from './inspectors.js';

export interface StreamEvent {
  readonly name: string;
  readonly id: string;
  readonly data: never;
}

/** An open stream of events, read as it comes. */
export class EventStream {
  readonly events: StreamEvent[] = [];
  comments = 0;
  isOver = false;
  #text = '';
  readonly #waiting: (() => void)[] = [];

  constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (piece: string) => this.#take(piece));
    response.on('close', () => {
      this.isOver = true;
      this.#tell();
    });
    response.on('error', () => {});
  }

  /** Resolves when it holds. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  of(name: string): readonly never[] {
    return this.events.filter((event) => event.name === name).map(({ data }) => data);
  }

  close(): void {
    this.response.destroy();
  }

  #take(piece: string): void {
    this.#text += piece;
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop() as string;
    for (const block of blocks) {
      if (block.startsWith(':')) this.comments++;
      else this.events.push(eventOf(block));
    }
    this.#tell();
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Opens a stream; rejects when it is refused. */
export function openStream(url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      url,
      { headers: { authorization: `Bearer ${TOKEN}`, ...headers }, agent: false },
      (response) => resolve(new EventStream(response)),
    );
    sent.on('error', reject);
    sent.end();
  });
}

function eventOf(block: string): StreamEvent {
  const field = (name: string): string =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2) ?? '';
  return { name: field('event'), id: field('id'), data: JSON.parse(field('data')) as never };
}
