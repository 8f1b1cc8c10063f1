import { expect } from 'chai';
import { Node } from '#src/index.js';
import { record, useFlows } from '../support/flows.js';
import { failing, held, line } from '../support/nodes.js';
import { failureOf } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

describe('retryBudget', () => {
  const bench = useFlows();

  it('R10b ends a storm of retries, with what the node threw as cause', async () => {
    const error = new RangeError('down');
    let tries = 0;
    const charge = failing('Charge', { error, maxRetries: 3, backoffBaseS: 0, retryBudget: 0.1, onTry: () => tries++ });
    const flow = await bench.run(line(charge));
    const codes: string[] = [];
    for (let n = 0; n < 100; n++) codes.push((await failureOf(flow.call(n))).code);
    const { retried } = flow.snapshot().nodes[0]!;
    expect(tries).to.equal(100 + retried);
    // A tenth of all attempts, and ten.
    expect(retried).to.be.within(20, 23);
    expect(codes.slice(0, 3)).to.deep.equal(Array(3).fill('NODE_EXCEPTION'));
    expect(codes.at(-1)).to.equal('RETRY_BUDGET_SPENT');
    const events = record(flow);
    const failure = await failureOf(flow.call('last'));
    expect(failure).to.deep.include({ code: 'RETRY_BUDGET_SPENT', nodeName: 'Charge', cause: error });
    expect(failure.metadata).to.deep.include({ retry_budget: 0.1, attempt: 0 });
    expect(failure.exceptionType).to.equal('RangeError');
    expect(events.map(({ eventType, extra }) => [eventType, extra['exception'], extra['will_retry']])).to.deep.equal([
      ['node_start', undefined, undefined],
      ['node_error', 'RangeError: down', undefined],
      ['node_failed', 'RangeError: down', undefined],
    ]);
    expect(events.at(-1)!.errorPayload).to.deep.include({ code: 'RETRY_BUDGET_SPENT', exception_type: 'RangeError' });
  });

  it('R10b has retries again ten seconds later', async () => {
    const flow = await bench.run(line(failing('Charge', { maxRetries: 1, backoffBaseS: 0, retryBudget: 0 })));
    const codeOfOne = async (): Promise<string> => (await failureOf(flow.call('m'))).code;
    for (let n = 0; n < 10; n++) expect(await codeOfOne()).to.equal('NODE_EXCEPTION');
    expect(await codeOfOne()).to.equal('RETRY_BUDGET_SPENT');
    await bench.clock.advance(10_000);
    expect(await codeOfOne()).to.equal('NODE_EXCEPTION');
  });

  it('R10b counts retries of attempts that took too long, too', async () => {
    const { node: slow } = held('Slow', {
      timeoutS: 1,
      maxRetries: 1,
      backoffBaseS: 0,
      retryBudget: 0,
      concurrency: 20,
    });
    const flow = await bench.run(line(slow));
    const calls = Array.from({ length: 20 }, async (_, n) => (await failureOf(flow.call(n))).code);
    await bench.clock.advance(2_000);
    const codes = await Promise.all(calls);
    expect(codes.filter((code) => code === 'RETRY_BUDGET_SPENT')).to.have.length(10);
    expect(codes.filter((code) => code === 'NODE_TIMEOUT')).to.have.length(10);
  });

  it('R10b leaves alone what maxRetries and retryOn end', async () => {
    const picky = failing('Picky', { maxRetries: 1, retryOn: () => false, retryBudget: 0 });
    const flow = await bench.run(line(picky));
    for (let n = 0; n < 12; n++) expect((await failureOf(flow.call(n))).code).to.equal('NODE_EXCEPTION');
  });

  it('R10b is checked when the class is declared', () => {
    for (const retryBudget of [-0.1, 1.1, Number.NaN]) {
      const error = thrownBy(() =>
        Node({ name: 'Charge', retryBudget })(
          class {
            process(): void {}
          },
        ),
      );
      expect(error.message).to.contain('Expected `retryBudget` of @Node "Charge" to be from 0 to 1');
    }
  });
});
