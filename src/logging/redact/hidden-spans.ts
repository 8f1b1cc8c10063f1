/** The parts of a text that are to be hidden, noted in any order; they may touch and overlap. */
export class HiddenSpans {
  readonly #text: string;
  readonly #censor: string;
  readonly #spans: (readonly [start: number, end: number])[] = [];

  constructor(text: string, censor: string) {
    this.#text = text;
    this.#censor = censor;
  }

  /** Notes a part; what is hidden already stays as it is. */
  add(start: number, end: number): void {
    if (end <= start) return;
    if (this.#text.startsWith(this.#censor, start) && end <= start + this.#censor.length) return;
    this.#spans.push([start, end]);
  }

  /** The text up to an index, with each part, or parts that touch, replaced by the censor. */
  replaced(length: number): string {
    const text = this.#text;
    if (this.#spans.length === 0) return text.slice(0, length);
    let done = '';
    let shown = 0;
    let hidden = -1;
    for (const [start, end] of this.#spans.toSorted(([one], [other]) => one - other)) {
      if (start >= length) break;
      if (start > hidden) {
        done += text.slice(shown, start) + this.#censor;
        hidden = end;
      } else if (end > hidden) {
        hidden = end;
      }
      shown = hidden;
    }
    return shown < length ? done + text.slice(shown, length) : done;
  }
}
