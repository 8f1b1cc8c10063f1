import { eventsOf, failureCodesOf, nodeSequenceOf, type Recorded } from './flow-run.js';

/** What the plugin uses of chai, so that no version of it is needed to compile. */
export interface ChaiParts {
  readonly Assertion: {
    addMethod(name: string, method: (this: ChaiAssertion, ...args: unknown[]) => void): void;
  };
}

/** What the plugin uses of an assertion. */
export interface ChaiAssertion {
  readonly _obj: unknown;
  assert(holds: boolean, message: string, negated: string, expected?: unknown, actual?: unknown): void;
}

/** What the plugin uses of chai's utilities. */
export interface ChaiUtilities {
  flag(assertion: object, key: string): unknown;
}

/**
 * Teaches chai to read runs: `visited`, `retried` and `failedWith`, each also with `not`.
 *
 * @example
 * ```ts
 * import { expect, use } from 'chai';
 * import { penguiflowChai, runOne } from 'penguiflow/testing';
 * use(penguiflowChai);
 *
 * const run = await runOne(Orders, order);
 * expect(run).to.have.visited('Price', 'Charge');     // each of them ran; with `not`: none did
 * expect(run).to.have.retried('Price', 2);            // twice; without a number: at least once
 * expect(run).to.have.failedWith('NODE_TIMEOUT');     // without a code: failed at all
 * ```
 */
export function penguiflowChai(chai: ChaiParts, utilities: ChaiUtilities): void {
  chai.Assertion.addMethod('visited', function (this: ChaiAssertion, ...args: unknown[]) {
    const names = args as string[];
    const visited = nodeSequenceOf(this._obj as Recorded);
    const negated = utilities.flag(this, 'negate') === true;
    // `not.visited('A', 'B')` means that neither ran, which is not the opposite of both having run.
    const holds = names[negated ? 'some' : 'every']((name) => visited.includes(name));
    this.assert(
      holds,
      `expected the run to have visited ${names.join(', ')}, it visited ${visited.join(', ') || 'no node'}`,
      `expected the run not to have visited ${names.join(', ')}, it visited ${visited.join(', ')}`,
      names,
      visited,
    );
  });
  chai.Assertion.addMethod('retried', function (this: ChaiAssertion, ...args: unknown[]) {
    const [name, times] = args as [string, number?];
    const { length } = eventsOf(this._obj as Recorded).filter(
      (event) => event.eventType === 'node_retry' && event.nodeName === name,
    );
    const wanted = times === undefined ? 'at all' : `${times} time(s)`;
    this.assert(
      times === undefined ? length > 0 : length === times,
      `expected "${name}" to have been retried ${wanted}, it was ${length} time(s)`,
      `expected "${name}" not to have been retried ${wanted}, it was ${length} time(s)`,
      times,
      length,
    );
  });
  chai.Assertion.addMethod('failedWith', function (this: ChaiAssertion, ...args: unknown[]) {
    const [code] = args as [string?];
    const codes = failureCodesOf(this._obj as Recorded);
    this.assert(
      code === undefined ? codes.length > 0 : codes.includes(code),
      `expected the run to have failed${code === undefined ? '' : ` with ${code}`}, ${codes.length === 0 ? 'it did not fail' : `it failed with ${codes.join(', ')}`}`,
      `expected the run not to have failed${code === undefined ? '' : ` with ${code}`}, it failed with ${codes.join(', ')}`,
      code,
      codes,
    );
  });
}

declare global {
  // Merges into chai's own types where they are installed.
  // oxlint-disable-next-line typescript/no-namespace
  namespace Chai {
    interface Assertion {
      /** Each of these nodes ran. */
      visited(...nodes: string[]): Assertion;
      /** The node was retried, that many times if a number is given. */
      retried(node: string, times?: number): Assertion;
      /** The run failed, with that code if one is given. */
      failedWith(code?: string): Assertion;
    }
  }
}
