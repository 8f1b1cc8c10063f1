import { Writable } from 'node:stream';
import winston from 'winston';

/** A stream that keeps what is written to it. */
export class LineCatcher extends Writable {
  #text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.#text += chunk.toString();
    callback();
  }

  /** Forgets what was written. */
  clear(): void {
    this.#text = '';
  }

  get text(): string {
    return this.#text;
  }

  get lines(): string[] {
    return this.#text.split('\n').slice(0, -1);
  }

  get json(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  get last(): Record<string, unknown> {
    return this.json.at(-1)!;
  }
}

/** A winston logger as users make them, with its lines as JSON. */
export function plainWinston(level = 'debug'): { logger: winston.Logger; caught: LineCatcher } {
  const caught = new LineCatcher();
  const logger = winston.createLogger({
    level,
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Stream({ stream: caught })],
  });
  return { logger, caught };
}
