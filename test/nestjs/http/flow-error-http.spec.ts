import { HttpException, NotFoundException } from '@nestjs/common';
import { expect } from 'chai';
import { FLOW_ERRORS, FlowError, type FlowErrorCode, type FlowPlan } from '#src/index.js';
import { toHttpException, type FlowErrorBody } from '#src/nestjs/index.js';

const violations = [{ path: 'lines[0].quantity', constraints: { min: 'quantity must not be less than 1' } }];

function invalid(direction: string, ingress = false): FlowError {
  return new FlowError('VALIDATION_FAILED', {
    message: 'not valid',
    nodeName: 'Price',
    metadata: { direction, violations, ...(ingress ? { ingress } : undefined) },
  });
}

function bodyOf(exception: HttpException): FlowErrorBody {
  return exception.getResponse() as FlowErrorBody;
}

describe('toHttpException', () => {
  const statuses: Partial<Record<FlowErrorCode, number>> = {
    TENANT_REQUIRED: 400,
    NODE_EXCEPTION: 502,
    NODE_TIMEOUT: 504,
    DEADLINE_EXCEEDED: 504,
    DEPENDENCY_TIMEOUT: 504,
    DEPENDENCY_REJECTED: 503,
    RETRY_BUDGET_SPENT: 503,
    FETCH_TIMEOUT: 504,
    TRACE_CANCELLED: 503,
    READER_STALLED: 503,
    ABORTED: 499,
    NOT_RUNNING: 503,
    FLOW_STOPPED: 503,
  };
  for (const code of Object.keys(FLOW_ERRORS) as FlowErrorCode[]) {
    const status = statuses[code] ?? 500;
    it(`${code} is ${status}, and says nothing of what happened inside`, () => {
      const cause = new TypeError('password=hunter2');
      const error = new FlowError(code, {
        message: 'hunter2 at node Price',
        traceId: 't-1',
        cause,
        metadata: { a: 'hunter2' },
      });
      const exception = toHttpException(error);
      expect(exception.getStatus()).to.equal(status);
      expect(bodyOf(exception)).to.include({ statusCode: status, code, traceId: 't-1' });
      expect(JSON.stringify(exception.getResponse())).to.not.include('hunter2');
      expect(exception.cause).to.equal(error);
    });
  }

  it('an invalid request is 400 with paths and constraints', () => {
    expect(bodyOf(toHttpException(invalid('input', true)))).to.deep.equal({
      statusCode: 400,
      code: 'VALIDATION_FAILED',
      message: 'The request is not valid.',
      violations,
    });
  });

  it('an option that is as the request has it is a 400, and the others are 500', () => {
    const status = (option: string): number =>
      toHttpException(new FlowError('INVALID_OPTION', { message: 'bad', metadata: { option } })).getStatus();
    expect(['tenant', 'traceId', 'timeoutS', 'to'].map(status)).to.deep.equal([400, 400, 500, 500]);
  });

  it('an error without a trace id has that of the request', () => {
    const stopped = new FlowError('FLOW_STOPPED', { message: 'stopped' });
    expect(bodyOf(toHttpException(stopped, { traceId: 't-2' })).traceId).to.equal('t-2');
    const own = new FlowError('FLOW_STOPPED', { message: 'stopped', traceId: 't-1' });
    expect(bodyOf(toHttpException(own, { traceId: 't-2' })).traceId).to.equal('t-1');
  });

  it('what the flow itself spoilt is 500 without them', () => {
    const plan = { nodes: [{ name: 'Price', ingress: false }] } as unknown as FlowPlan;
    for (const exception of [
      toHttpException(invalid('output', true)),
      toHttpException(invalid('input')),
      toHttpException(invalid('input', true), { plan }),
    ]) {
      expect(exception.getStatus()).to.equal(500);
      expect(bodyOf(exception)).to.not.have.property('violations');
    }
  });

  it('R15 a schema that is broken is 500: the request may be right', () => {
    const plan = { nodes: [{ name: 'Price', ingress: true }] } as unknown as FlowPlan;
    const broken = new FlowError('VALIDATION_FAILED', {
      message: 'not valid',
      nodeName: 'Price',
      metadata: { direction: 'input', violations, schema_broken: true },
    });
    for (const exception of [toHttpException(broken), toHttpException(broken, { plan })]) {
      expect(exception.getStatus()).to.equal(500);
      expect(bodyOf(exception)).not.to.have.property('violations');
    }
  });

  it('an HttpException underneath is taken as it is, unless the code has a status of its own', () => {
    const cause = new NotFoundException('no such order');
    const error = new FlowError('NODE_EXCEPTION', { message: 'threw', cause });
    expect(toHttpException(error)).to.equal(cause);
    expect(toHttpException(error, { statuses: { NODE_EXCEPTION: 418 } }).getStatus()).to.equal(418);
  });
});
