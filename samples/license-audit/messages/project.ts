/** What is audited: a directory with a `node_modules` in it. */
export class Project {
  constructor(
    readonly name: string,
    /** Absolute, links resolved. */
    readonly directory: string,
  ) {}
}
