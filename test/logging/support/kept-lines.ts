import { Transport } from './slow-transport.js';

/** Keeps what it is given: the fields, and the text. */
export class Kept extends Transport {
  readonly lines: Record<string | symbol, unknown>[] = [];

  override log(info: Record<string | symbol, unknown>, next: () => void): void {
    this.lines.push({ ...info });
    next();
  }

  get text(): string {
    return this.lines.map((line) => String(line[Symbol.for('message')])).join('\n');
  }
}
