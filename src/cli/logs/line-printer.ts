import { flatLine } from '../../logging/lines/line-flat.js';
import { humanLine, isFolded } from '../../logging/lines/human/line-human.js';
import type { LineFormat, LogRecord } from '../../logging/lines/log-record.js';
import type { LineFilter } from './line-filter.js';
import { readRecord } from './read-record.js';

/** How lines are shown. */
export interface LinePrinterOptions {
  readonly filter: LineFilter;
  /** Lines of JSON in the flat format, whatever they came in. */
  readonly json: boolean;
  readonly colours: boolean;
  readonly columns: number;
  /** All fields. */
  readonly all: boolean;
  readonly fullIds: boolean;
  /** Takes what is read and chosen. */
  readonly onRecord?: (record: LogRecord) => void;
}

const NEWLINE = 10;
/** A longer line is none of the library's, which cuts its own: it goes through as it comes. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const REPLACED = '\ufffd';

/** Turns bytes of a log into what is shown, line by line. */
export class LinePrinter {
  readonly #options: LinePrinterOptions;
  readonly #format: LineFormat;
  /** Of a line whose end has not come yet. */
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  /** In the middle of a line that is too long. */
  #isPassing = false;
  /** That line is shown. */
  #isShown = false;

  constructor(options: LinePrinterOptions) {
    const { json, colours, columns, all, fullIds } = options;
    this.#options = options;
    this.#format = json ? flatLine : humanLine({ colours, columns, fullIds, includeExtras: all ? true : undefined });
  }

  /** What can be shown now that these bytes have come. */
  push(bytes: Uint8Array): (string | Uint8Array)[] {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end === 0) return this.#keep(bytes);
    const whole = this.#restBytes === 0 ? bytes.subarray(0, end) : joined([...this.#rest, bytes.subarray(0, end)]);
    this.#rest = [];
    this.#restBytes = 0;
    const shown: (string | Uint8Array)[] = [];
    let from = 0;
    if (this.#isPassing) {
      from = whole.indexOf(NEWLINE) + 1;
      if (this.#isShown) shown.push(Uint8Array.from(whole.subarray(0, from)));
      this.#isPassing = false;
    }
    this.#lines(whole.subarray(from), shown);
    if (end < bytes.length) shown.push(...this.#keep(bytes.subarray(end)));
    return shown;
  }

  /** What is left at the end: a line without its end. */
  end(): (string | Uint8Array)[] {
    const last = joined(this.#rest);
    this.#rest = [];
    this.#restBytes = 0;
    this.#isPassing = false;
    const shown: (string | Uint8Array)[] = [];
    if (last.length > 0) this.#lines(last, shown);
    return shown;
  }

  get #passesOthers(): boolean {
    return !this.#options.json && !this.#options.filter.isOfFields;
  }

  #keep(bytes: Uint8Array): Uint8Array[] {
    if (this.#isPassing) return this.#isShown ? [Uint8Array.from(bytes)] : [];
    this.#rest.push(Uint8Array.from(bytes));
    this.#restBytes += bytes.length;
    if (this.#restBytes <= MAX_LINE_BYTES) return [];
    const rest = this.#rest;
    this.#rest = [];
    this.#restBytes = 0;
    this.#isPassing = true;
    // Whether a pattern matches is seen by what is there so far.
    this.#isShown = this.#passesOthers && this.#options.filter.mayTake(textOf(joined(rest)));
    return this.#isShown ? rest : [];
  }

  #lines(bytes: Uint8Array, shown: (string | Uint8Array)[]): void {
    const text = textOf(bytes);
    if (!text.includes(REPLACED)) {
      shown.push(this.#textLines(text));
      return;
    }
    // Some of it is no text: what is not ours has to come out as the same bytes.
    for (let from = 0; from < bytes.length;) {
      const at = bytes.indexOf(NEWLINE, from);
      const end = at === -1 ? bytes.length : at + 1;
      const line = bytes.subarray(from, end);
      const asText = textOf(line);
      const asShown = this.#textLines(asText);
      // A copy: the bytes are in a buffer that is filled again.
      shown.push(asShown === asText ? Uint8Array.from(line) : asShown);
      from = end;
    }
  }

  #textLines(text: string): string {
    let shown = '';
    for (let from = 0; from < text.length;) {
      const at = text.indexOf('\n', from);
      const end = at === -1 ? text.length : at;
      shown += this.#line(text.slice(from, end), at !== -1);
      from = end + 1;
    }
    return shown;
  }

  #line(line: string, hasEnd: boolean): string {
    const { filter, onRecord } = this.#options;
    if (!filter.mayTake(line)) return '';
    const record = looksLikeJson(line) ? readRecord(line) : undefined;
    if (record === undefined) return this.#passesOthers ? (hasEnd ? `${line}\n` : line) : '';
    if (!filter.takes(record)) return '';
    onRecord?.(record);
    if (!this.#options.json && !filter.isOfEvent && isFolded(record)) return '';
    return `${this.#format(record)}\n`;
  }
}

function looksLikeJson(line: string): boolean {
  const first = line.charCodeAt(0);
  return first === 0x7b || ((first === 0x20 || first === 0x09 || first === 0xfeff) && line.trimStart()[0] === '{');
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
