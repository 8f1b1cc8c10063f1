/** How many packages are on their way through the flow; comes before the first of them. */
export class Discovered {
  constructor(
    readonly project: string,
    readonly total: number,
  ) {}
}
