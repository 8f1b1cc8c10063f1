import winston from 'winston';

/** `winston.Transport` is missing in winston's types. */
export const Transport = (
  winston as unknown as { Transport: new (options?: { readonly level?: string }) => winston.transport }
).Transport;

/** Keeps every line's text and takes the next one only a turn of the event loop later, some lines at a time. */
export class SlowTransport extends Transport {
  readonly lines: string[] = [];
  readonly #burst: number;

  constructor(burst = 1) {
    super();
    this.#burst = burst;
  }

  override log(info: Record<symbol, unknown>, next: () => void): void {
    this.lines.push(info[Symbol.for('message')] as string);
    if (this.lines.length % this.#burst === 0) setImmediate(next);
    else next();
  }
}
