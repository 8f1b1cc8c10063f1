import { expect } from 'chai';
import { NonRetryableError, type NodeOptions } from '#src/index.js';
import { useFlows } from '../support/flows.js';
import { failing, line, node } from '../support/nodes.js';
import { codeOf, failureOf, settle } from '../support/settling.js';

describe('retries', () => {
  const bench = useFlows();

  /** Runs a message through a node that fails `failures` times; gives the time of each attempt in ms. */
  async function attempts(
    options: Omit<NodeOptions, 'name'>,
    failures = Number.POSITIVE_INFINITY,
    error: unknown = new Error('no'),
  ) {
    const started: number[] = [];
    const counted: number[] = [];
    const flow = await bench.run(
      line(
        node(
          'A',
          (_: unknown, ctx) => {
            started.push(bench.clock.monotonic());
            counted.push(ctx.attempt);
            if (started.length <= failures) throw error;
            return 'done';
          },
          options,
        ),
      ),
    );
    const call = flow.call(1);
    call.catch(() => {});
    await bench.clock.advance(100_000);
    return { started, counted, call };
  }

  it('R10 attempts count from 0, and maxRetries retries follow the first', async () => {
    const { counted, call } = await attempts({ maxRetries: 3 });
    expect(counted).to.deep.equal([0, 1, 2, 3]);
    const failure = await failureOf(call);
    expect([failure.code, failure.metadata['attempt']]).to.deep.equal(['NODE_EXCEPTION', 3]);
  });

  it('R10 an attempt that succeeds ends the retries', async () => {
    const { counted, call } = await attempts({ maxRetries: 3 }, 2);
    expect(counted).to.deep.equal([0, 1, 2]);
    expect(await call).to.equal('done');
  });

  it('R10 without options nothing is retried', async () => {
    expect((await attempts({})).counted).to.deep.equal([0]);
  });

  it('R10 the waits are 0.5 s and double unless the node says otherwise', async () => {
    expect((await attempts({ maxRetries: 4 })).started).to.deep.equal([0, 500, 1_500, 3_500, 7_500]);
  });

  it('R10 the waits are base × multiplier^(n − 1), at most maxBackoffS', async () => {
    const policy = { maxRetries: 4, backoffBaseS: 1, backoffMultiplier: 3, maxBackoffS: 10 };
    expect((await attempts(policy)).started).to.deep.equal([0, 1_000, 4_000, 13_000, 23_000]);
  });

  it('R10 a base of 0 retries without a wait', async () => {
    const { started, call } = await attempts({ maxRetries: 2, backoffBaseS: 0 }, 2);
    expect(started).to.deep.equal([0, 0, 0]);
    expect(await call).to.equal('done');
  });

  it('R10 full jitter waits between nothing and the whole wait', async () => {
    const { started } = await attempts({ maxRetries: 5, backoffMultiplier: 1, jitter: 'full' });
    for (let n = 1; n < 6; n++) expect(Number(started[n]) - Number(started[n - 1])).to.be.within(0, 501);
    expect(new Set(started).size).to.be.greaterThan(2);
  });

  it('R10 retryOn is asked with the error and the number of the attempt, and stops the retries', async () => {
    const asked: unknown[] = [];
    const error = new TypeError('no');
    const retryOn = (thrown: unknown, attempt: number): boolean => {
      asked.push([thrown, attempt]);
      return attempt < 1;
    };
    const { counted } = await attempts({ maxRetries: 5, retryOn }, 9, error);
    expect(counted).to.deep.equal([0, 1]);
    expect(asked).to.deep.equal([
      [error, 0],
      [error, 1],
    ]);
  });

  it('R10 retryOn is not asked when no retries are left', async () => {
    let asked = 0;
    await attempts({ maxRetries: 1, retryOn: () => ++asked > 0 });
    expect(asked).to.equal(1);
  });

  it('R10 a retryOn that throws stops the retries, and the caller gets the error of the node', async () => {
    const { counted, call } = await attempts({
      maxRetries: 3,
      retryOn: () => {
        throw new RangeError('policy');
      },
    });
    expect(counted).to.deep.equal([0]);
    expect((await failureOf(call)).message)
      .to.contain('no')
      .and.not.to.contain('policy');
  });

  it('R10 NonRetryableError stops the retries', async () => {
    const error = new NonRetryableError('gone');
    const { counted, call } = await attempts({ maxRetries: 3, retryOn: () => true }, 9, error);
    expect(counted).to.deep.equal([0]);
    expect((await failureOf(call)).cause).to.equal(error);
  });

  it('R10 a timeout is retried like any failure', async () => {
    const counted: number[] = [];
    const flow = await bench.run(
      line(
        node(
          'A',
          (_: unknown, ctx) => {
            counted.push(ctx.attempt);
            return ctx.attempt === 0 ? new Promise<string>(() => {}) : 'done';
          },
          { maxRetries: 1, timeoutS: 1 },
        ),
      ),
    );
    const call = flow.call(1);
    await bench.clock.advance(1_000);
    expect(counted).to.deep.equal([0]);
    await bench.clock.advance(500);
    expect(await call).to.equal('done');
  });

  it('R10 the node takes no other message while one waits for its retry', async () => {
    const seen: unknown[] = [];
    const flow = await bench.run(
      line(
        node(
          'A',
          (payload: unknown, ctx) => {
            seen.push(payload);
            if (ctx.attempt === 0 && payload === 1) throw new Error('no');
          },
          { maxRetries: 1 },
        ),
      ),
    );
    await flow.emit(1);
    await flow.emit(2);
    await settle();
    expect(seen).to.deep.equal([1]);
    await bench.clock.advance(500);
    expect(seen).to.deep.equal([1, 1, 2]);
  });

  it('R10 a retryOn that throws is told of, with the ids of the attempt, and the failure is that of the node', async () => {
    const retryOn = (): never => {
      throw new TypeError('no such field');
    };
    const flow = await bench.run(line(failing('A', { maxRetries: 2, retryOn })));
    expect(await codeOf(flow.call(1, { traceId: 't' }))).to.equal('NODE_EXCEPTION');
    const [told, ...others] = bench.log.lines.filter(({ message }) => message === 'retry_on_failed');
    expect(others).to.deep.equal([]);
    expect(told).to.include({ level: 'error' });
    expect(told?.fields).to.have.nested.property('error.message', 'no such field');
    expect(told?.reserved).to.include({ trace_id: 't', node_name: 'A', attempt: 0 });
  });
});
