import type { Finding } from './finding.js';

/** All rows of an audit, in the order of their places in `node_modules`. */
export class Findings {
  constructor(readonly rows: readonly Finding[]) {}
}
