/** Longest line that is written, in characters. */
export const DEFAULT_LINE_CHARS = 65_536;

/** Most values of one line that are shown; bounds the time a line can take, whatever it is given. */
const MAX_VALUES = 10_000;
/** What the fields behind a long one are left, each. */
const FIELD_CHARS = 512;
/** How much of a text is shown when there is no room any more. */
const LEAST_CHARS = 64;

/** What a field lost. */
interface LeftOut {
  values: number;
  chars: number;
}

/** How much of a line is still free, and what had no room in it. */
export class LineBudget {
  readonly #maxChars: number;
  #chars = 0;
  #values = 0;
  /** What is kept for the fields that come. */
  #kept = 0;
  #field = '';
  readonly #leftOut = new Map<string, LeftOut>();

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /** Begins a line. */
  begin(): void {
    this.#chars = this.#maxChars;
    this.#values = MAX_VALUES;
    this.#kept = 0;
    this.#field = '';
    if (this.#leftOut.size > 0) this.#leftOut.clear();
  }

  /**
   * Begins a field.
   * @param fieldsBehind - how many come behind it, as far as is known
   */
  beginField(name: string, fieldsBehind: number): void {
    this.#field = name;
    this.#kept = Math.min(this.#chars / 2, fieldsBehind * FIELD_CHARS);
  }

  /** Most characters that a text may have here. */
  get room(): number {
    return Math.max(LEAST_CHARS, this.#chars - this.#kept);
  }

  /** Whether another value has room here. */
  get isSpent(): boolean {
    return this.#values <= 0 || this.#chars <= this.#kept;
  }

  /** Counts a value. */
  takeValue(): void {
    this.#values--;
  }

  /** Counts the characters of a text or a key. */
  takeChars(chars: number): void {
    this.#chars -= chars;
  }

  /** Notes what the present field loses. */
  leaveOut(values: number, chars: number): void {
    let lost = this.#leftOut.get(this.#field);
    if (lost === undefined) {
      lost = { values: 0, chars: 0 };
      this.#leftOut.set(this.#field, lost);
    }
    lost.values += values;
    lost.chars += chars;
  }

  /** What had no room, by field: `rows: 399 values; note: 92 characters`; undefined when everything had. */
  get leftOut(): string | undefined {
    if (this.#leftOut.size === 0) return undefined;
    return [...this.#leftOut].map(([field, lost]) => `${field}: ${describe(lost)}`).join('; ');
  }
}

function describe({ values, chars }: LeftOut): string {
  const parts = [];
  if (values > 0) parts.push(values === 1 ? '1 value' : `${values} values`);
  if (chars > 0) parts.push(chars === 1 ? '1 character' : `${chars} characters`);
  return parts.join(', ');
}
