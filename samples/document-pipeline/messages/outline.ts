/** What is in a document, and the sentences that people read. */
export class Outline {
  constructor(
    readonly path: string,
    readonly headings: number,
    readonly links: number,
    readonly codeBlocks: number,
    readonly prose: string,
  ) {}
}
