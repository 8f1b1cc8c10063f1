import { FLOW_ERRORS, type FlowErrorCode, type RunStatus } from '../index.js';
import { endsOf, eventsOf, failureCodesOf, nodeSequenceOf, recordedOf } from './flow-run.js';
import { invalid } from './invalid.js';

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
 * Teaches chai to read runs: `visited`, `retried`, `failedWith` and `endedAs`, each also with `not`.
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
 * expect(run).to.have.endedAs('succeeded');           // the status of its `trace_end`; those of playbooks do not count
 * ```
 */
export function penguiflowChai(chai: ChaiParts, utilities: ChaiUtilities): void {
  const isNegated = (assertion: ChaiAssertion): boolean => utilities.flag(assertion, 'negate') === true;
  chai.Assertion.addMethod('visited', function (this: ChaiAssertion, ...args: unknown[]) {
    const names = nodeNames('visited(…)', args);
    const visited = nodeSequenceOf(recordedOf(this._obj));
    // `not.visited('A', 'B')` means that neither ran, which is not the opposite of both having run.
    const holds = names[isNegated(this) ? 'some' : 'every']((name) => visited.includes(name));
    this.assert(
      holds,
      `expected the run to have visited ${names.join(', ')}, it visited ${visited.join(', ') || 'no node'}`,
      `expected the run not to have visited ${names.join(', ')}, it visited ${visited.join(', ')}`,
      names,
      visited,
    );
  });
  chai.Assertion.addMethod('retried', function (this: ChaiAssertion, ...args: unknown[]) {
    const [name] = nodeNames('retried(…)', args.slice(0, 1));
    const times = args[1];
    if (times !== undefined && !(Number.isSafeInteger(times) && (times as number) >= 0))
      throw invalid('the second argument of retried(…)', 'a whole number', times);
    const { length } = eventsOf(recordedOf(this._obj)).filter(
      (event) => event.eventType === 'node_retry' && event.nodeName === name,
    );
    const wanted = times === undefined ? 'at all' : `${times as number} time(s)`;
    this.assert(
      times === undefined ? length > 0 : length === times,
      `expected "${name}" to have been retried ${wanted}, it was ${length} time(s)`,
      `expected "${name}" not to have been retried ${wanted}, it was ${length} time(s)`,
      times,
      length,
    );
  });
  chai.Assertion.addMethod('failedWith', function (this: ChaiAssertion, ...args: unknown[]) {
    const code = errorCode(args[0]);
    const codes = failureCodesOf(recordedOf(this._obj));
    this.assert(
      code === undefined ? codes.length > 0 : codes.includes(code),
      `expected the run to have failed${code === undefined ? '' : ` with ${code}`}, ${codes.length === 0 ? 'it did not fail' : `it failed with ${codes.join(', ')}`}`,
      `expected the run not to have failed${code === undefined ? '' : ` with ${code}`}, it failed with ${codes.join(', ')}`,
      code,
      codes,
    );
  });
  chai.Assertion.addMethod('endedAs', function (this: ChaiAssertion, ...args: unknown[]) {
    const status = runStatus(args[0]);
    const ends = endsOf(recordedOf(this._obj));
    const found = ends.length === 0 ? 'it has no trace_end' : `it ended as ${ends.join(', ')}`;
    this.assert(
      ends.includes(status),
      `expected the run to have ended as ${status}, ${found}`,
      `expected the run not to have ended as ${status}, ${found}`,
      status,
      ends,
    );
  });
}

/** Nothing that is asked holds of every run, and would be no test. */
function nodeNames(method: string, args: readonly unknown[]): readonly string[] {
  const hint = "Name the nodes one by one: `visited('Price', 'Charge')`.";
  if (args.length === 0) throw invalid(`what is asked with ${method}`, 'the names of nodes', undefined, hint);
  for (const name of args) {
    if (typeof name !== 'string' || name === '')
      throw invalid(`each argument of ${method}`, 'the name of a node', name, hint);
  }
  return args as readonly string[];
}

function errorCode(code: unknown): FlowErrorCode | undefined {
  if (code === undefined) return undefined;
  if (typeof code === 'string' && Object.hasOwn(FLOW_ERRORS, code)) return code as FlowErrorCode;
  throw invalid('the argument of failedWith(…)', 'a code of FLOW_ERRORS', code);
}

const RUN_STATUSES: readonly RunStatus[] = ['succeeded', 'failed', 'deadline', 'cancelled', 'stopped', 'rejected'];

function runStatus(status: unknown): RunStatus {
  if (RUN_STATUSES.includes(status as RunStatus)) return status as RunStatus;
  throw invalid('the argument of endedAs(…)', `one of ${RUN_STATUSES.join(', ')}`, status);
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
      failedWith(code?: FlowErrorCode): Assertion;
      /** The run ended so; playbooks in it do not count. */
      endedAs(status: RunStatus): Assertion;
    }
  }
}
