import { inspect } from 'node:util';
import { expect } from 'chai';
import { FLOW_ERRORS, FlowError, NonRetryableError } from '#src/index.js';

import { describeThrown, exceptionType } from '#src/errors/flow-error.js';

describe('FlowError', () => {
  it('takes its hint from the catalogue unless the throw site knows better', () => {
    expect(new FlowError('NOT_RUNNING', { message: 'm' }).hint).to.equal(FLOW_ERRORS.NOT_RUNNING.fix);
    expect(new FlowError('NOT_RUNNING', { message: 'm', hint: 'h' }).hint).to.equal('h');
  });

  it('R14 has the original keys in its payload, and only those that are known', () => {
    expect(new FlowError('NOT_RUNNING', { message: 'm' }).toPayload()).to.deep.equal({
      code: 'NOT_RUNNING',
      message: 'm',
    });
    const full = new FlowError('NODE_EXCEPTION', {
      message: 'm',
      traceId: 't',
      nodeName: 'n',
      nodeId: 'i',
      cause: new TypeError('x'),
      metadata: { attempt: 1 },
    });
    expect(full.toPayload()).to.deep.equal({
      code: 'NODE_EXCEPTION',
      message: 'm',
      trace_id: 't',
      node_name: 'n',
      node_id: 'i',
      exception_type: 'TypeError',
      metadata: { attempt: 1 },
    });
    expect(JSON.parse(JSON.stringify(full))).to.deep.equal({ ...full.toPayload(), hint: full.hint });
  });

  it('R14 prints the fields that it has, and none that is undefined', () => {
    const bare = inspect(new FlowError('NOT_RUNNING', { message: 'm' }));
    expect(bare).to.contain('FlowError [NOT_RUNNING]: m').and.contain("code: 'NOT_RUNNING'").and.contain('hint:');
    expect(bare).not.to.contain('undefined');
    const named = new FlowError('NODE_EXCEPTION', { message: 'm', traceId: 't', nodeName: 'n', nodeId: 'i' });
    expect(inspect(named)).to.contain("traceId: 't'").and.contain("nodeName: 'n'").and.contain("nodeId: 'i'");
    expect(new FlowError('NOT_RUNNING', { message: 'm' }).traceId).to.equal(undefined);
  });

  it('is told from other values by its marker', () => {
    expect(FlowError.is(new FlowError('NOT_RUNNING', { message: 'm' }), 'NOT_RUNNING')).to.equal(true);
    expect(FlowError.is(new FlowError('NOT_RUNNING', { message: 'm' }), 'NODE_TIMEOUT')).to.equal(false);
    for (const other of [null, undefined, 'x', {}, new TypeError('x')]) expect(FlowError.is(other)).to.equal(false);
    expect(NonRetryableError.is(new NonRetryableError('x'))).to.equal(true);
  });

  it('describes whatever was thrown', () => {
    expect(exceptionType(null)).to.equal('null');
    expect(exceptionType('x')).to.equal('string');
    expect(describeThrown(new RangeError('x'))).to.equal('RangeError: x');
    expect(describeThrown('x')).to.equal('string: x');
    expect(describeThrown(Object.create(null))).to.equal('a value that cannot be printed');
  });
});
