/** A directory below a `node_modules` that should hold a package; nobody has looked into it yet. */
export class InstalledPackage {
  constructor(
    /** The name its place in `node_modules` gives it. */
    readonly name: string,
    /** Where it was found, relative to the project: `node_modules/mocha/node_modules/glob`. */
    readonly location: string,
    /** Absolute, links resolved. */
    readonly directory: string,
  ) {}
}
