import { Writable } from 'node:stream';

import type { Tally } from '../tally.js';
import type { Paint } from '../../shared/paint.js';

const CLEAR_LINE = '\r\u001b[2K';

/** Where log lines go while a progress line stands below them; without a terminal there is none. */
export class LiveOutput extends Writable {
  /** Log lines are coloured where this is true. */
  readonly isTTY: boolean;
  readonly #out: NodeJS.WriteStream;
  readonly #paint: Paint;
  #progress = '';

  constructor(out: NodeJS.WriteStream, paint: Paint) {
    super({ decodeStrings: false });
    this.#out = out;
    this.#paint = paint;
    this.isTTY = out.isTTY && process.env['TERM'] !== 'dumb';
  }

  override _write(line: string, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#out.write(this.#progress === '' ? line : `${CLEAR_LINE}${line}${this.#progress}`, callback);
  }

  /** Says below the lines how far it has come. */
  show(done: number, total: number, tally: Tally): void {
    if (!this.isTTY) return;
    const { green, red, yellow, dim } = this.#paint;
    const bank = tally.breaker === 'closed' ? green('bank open') : red('bank shut off');
    const parts = [
      `${done} of ${total} orders`,
      yellow(`${tally.retries} retries`),
      red(`${tally.endedAs('failed')} failed`),
      bank,
    ];
    this.#progress = ` ${parts.join(dim(' · '))}`;
    this.#out.write(CLEAR_LINE + this.#progress);
  }

  /** Takes the progress line away. */
  finish(): void {
    if (this.#progress !== '') this.#out.write(CLEAR_LINE);
    this.#progress = '';
  }
}
