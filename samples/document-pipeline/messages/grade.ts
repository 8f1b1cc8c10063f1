/** How a document reads. */
export class Grade {
  constructor(
    readonly path: string,
    readonly words: number,
    readonly headings: number,
    readonly links: number,
    readonly codeBlocks: number,
    /** Flesch's reading ease: 100 is easy, 0 is hard. */
    readonly ease: number,
    /** Of 100 bytes so many are left when they are compressed: text that repeats itself has few. */
    readonly density: number,
  ) {}
}
