/** A part of a text, and what is written in its place. */
interface Span {
  readonly start: number;
  readonly end: number;
  /** Undefined for the censor. */
  readonly text: string | undefined;
}

/** The parts of a text that are to be hidden, noted in any order; they may touch and overlap. */
export class HiddenSpans {
  readonly #text: string;
  readonly #censor: string;
  readonly #spans: Span[] = [];

  constructor(text: string, censor: string) {
    this.#text = text;
    this.#censor = censor;
  }

  /** Notes a part; what is hidden already stays as it is. */
  add(start: number, end: number): void {
    if (end <= start) return;
    if (this.#text.startsWith(this.#censor, start) && end <= start + this.#censor.length) return;
    this.#spans.push({ start, end, text: undefined });
  }

  /** Writes a text in the place of a part, unless something hides the part whole. */
  replace(start: number, end: number, text: string): void {
    this.#spans.push({ start, end, text });
  }

  /** The text up to an index, with each part, or parts that touch, replaced by the censor. */
  replaced(length: number): string {
    const text = this.#text;
    if (this.#spans.length === 0) return text.slice(0, length);
    let done = '';
    let shown = 0;
    let isHiding = false;
    for (const { start, end, text: replacement } of this.#spans.toSorted(byStart)) {
      if (start >= length) break;
      if (end <= shown) continue;
      if (start > shown || !isHiding || replacement !== undefined) {
        done += text.slice(shown, Math.max(shown, start)) + (replacement ?? this.#censor);
      }
      isHiding = replacement === undefined;
      shown = end;
    }
    return shown < length ? done + text.slice(shown, length) : done;
  }
}

/** By their beginning; of those that begin together, the longest first. */
function byStart(one: Span, other: Span): number {
  return one.start - other.start || other.end - one.end || (one.text === undefined ? -1 : 1);
}
