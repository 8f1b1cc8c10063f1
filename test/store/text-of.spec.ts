import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { errorText } from '#src/store/history/text-of.js';

describe('what history says of an error', () => {
  const same = (value: unknown): unknown => value;

  it('H3 is what the node threw, and of ours what they say themselves, which is more than their cause', () => {
    const cause = new TypeError('no such fish');
    const raised = new FlowError('NODE_EXCEPTION', { message: "Node 'Price' raised TypeError: no such fish", cause });
    expect(errorText(raised, same)).to.equal('TypeError: no such fish');
    const refused = new FlowError('DEPENDENCY_REJECTED', {
      message: '"bank" refused the call: breaker is open',
      cause: new Error('Execution prevented because the circuit breaker is open'),
    });
    expect(errorText(refused, same)).to.equal('"bank" refused the call: breaker is open');
    expect(errorText('fish', same)).to.equal('fish');
  });
});
