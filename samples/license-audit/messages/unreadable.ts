/** Something under `node_modules` that the audit can say nothing about but why. */
export class Unreadable {
  constructor(
    readonly name: string,
    readonly location: string,
    readonly problem: string,
  ) {}
}
