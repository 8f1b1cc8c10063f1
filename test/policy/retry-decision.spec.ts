import { expect } from 'chai';
import { FlowError, NonRetryableError, type FlowErrorCode } from '#src/index.js';
import { resolvePolicy } from '#src/metadata/resolve-policy.js';
import { retries } from '#src/policy/retry-decision.js';

const DEFAULT_POLICY = resolvePolicy({}, 'a test');
const policy = { ...DEFAULT_POLICY, maxRetries: 2 };
const coded = (code: FlowErrorCode): FlowError => new FlowError(code, { message: 'm' });

describe('retries', () => {
  it('R10 says yes for maxRetries attempts', () => {
    expect([0, 1, 2, 3].map((attempt) => retries(policy, new Error('no'), attempt))).to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
    expect(retries(DEFAULT_POLICY, new Error('no'), 0)).to.equal(false);
  });

  it('R10 says yes to whatever was thrown', () => {
    for (const thrown of [
      undefined,
      null,
      0,
      'text',
      {},
      Symbol('s'),
      coded('NODE_TIMEOUT'),
      coded('NODE_EXCEPTION'),
    ]) {
      expect(retries(policy, thrown, 0)).to.equal(true);
    }
  });

  it('R10 says no when retryOn answers with a promise, and lets its failure hurt nobody', async () => {
    const asynchronous = (answer: () => Promise<boolean>): typeof policy => ({ ...policy, retryOn: answer as never });
    expect(
      retries(
        asynchronous(() => Promise.resolve(true)),
        new Error('no'),
        0,
      ),
    ).to.equal(false);
    expect(
      retries(
        asynchronous(() => Promise.reject(new Error('late'))),
        new Error('no'),
        0,
      ),
    ).to.equal(false);
    const callable = Object.assign(() => true, { then: () => {} });
    expect(retries({ ...policy, retryOn: () => callable as never }, new Error('no'), 0)).to.equal(false);
    expect(retries({ ...policy, retryOn: () => ({}) as never }, new Error('no'), 0)).to.equal(false);
    // An unhandled rejection would be reported by now, and fail the run.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  });

  it('R10 says no to a NonRetryableError, whatever retryOn says', () => {
    const error = new NonRetryableError('gone', { cause: 1 });
    expect(retries({ ...policy, retryOn: () => true }, error, 0)).to.equal(false);
    expect([error.name, error.message, error.cause]).to.deep.equal(['NonRetryableError', 'gone', 1]);
    expect(Object.keys(error)).to.deep.equal([]);
  });

  it('R10 says no where the same input can only fail again', () => {
    for (const code of [
      'VALIDATION_FAILED',
      'TRACE_MISMATCH',
      'UNROUTED_MESSAGE',
      'UNKNOWN_TARGET',
      'TRACE_CANCELLED',
      'DEADLINE_EXCEEDED',
    ] as const) {
      expect(retries({ ...policy, retryOn: () => true }, coded(code), 0), code).to.equal(false);
    }
  });

  it('R10 asks retryOn with error and attempt', () => {
    const asked: unknown[] = [];
    const retryOn = (...of: unknown[]): boolean => asked.push(of) > 1;
    const error = new Error('no');
    expect([0, 1].map((attempt) => retries({ ...policy, retryOn }, error, attempt))).to.deep.equal([false, true]);
    expect(asked).to.deep.equal([
      [error, 0],
      [error, 1],
    ]);
  });

  it('R10 takes a retryOn that throws for a no', () => {
    const retryOn = (): never => {
      throw new Error('bug');
    };
    expect(retries({ ...policy, retryOn }, new Error('no'), 0)).to.equal(false);
  });

  it('R10 tells of a retryOn that throws, or gives no answer', () => {
    const bug = new Error('bug');
    const told: unknown[] = [];
    const answers: (() => unknown)[] = [
      () => {
        throw bug;
      },
      () => Promise.resolve(true),
      () => ({}),
      () => true,
      () => 1,
      () => undefined,
      () => null,
    ];
    for (const retryOn of answers) {
      retries({ ...policy, retryOn: retryOn as never }, new Error('no'), 0, (reason) => void told.push(reason));
    }
    const [thrown, ...others] = told;
    expect(thrown).to.equal(bug);
    expect(others.map((each) => (each as Error).message)).to.deep.equal([
      'Expected `retryOn` of a node to be a function that answers true or false at once, got an object of class Promise',
      'Expected `retryOn` of a node to be a function that answers true or false at once, got an object of class Object',
    ]);
  });
});
