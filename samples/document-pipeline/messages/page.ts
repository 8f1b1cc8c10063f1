/** A document as it was read. */
export class Page {
  constructor(
    readonly path: string,
    readonly text: string,
  ) {}
}
