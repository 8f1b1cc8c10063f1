import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { CallFlow, FlowRequest, StreamFlow } from '#src/nestjs/index.js';
import { thrownBy } from '../../support/thrown-by.js';
import { Orders } from '../support/orders-app.js';

describe('options of the HTTP decorators', () => {
  const bad: ReadonlyArray<[name: string, declare: () => unknown, message: string]> = [
    [
      'a time of 0',
      () => CallFlow(Orders, { timeoutS: 0 }),
      'Expected `timeoutS` of @CallFlow(Orders) to be > 0 seconds, got 0',
    ],
    [
      'a tenant that is no string',
      () => StreamFlow(Orders, { tenant: 3 as never }),
      'Expected `tenant` of @StreamFlow(Orders) to be a string of 1 to 128 letters, digits, signs and spaces, or a function, got 3',
    ],
    [
      'a status that is no error',
      () => CallFlow(Orders, { statuses: { NODE_EXCEPTION: 200 } }),
      'Expected `statuses` of @CallFlow(Orders) to be HTTP statuses from 400 to 599 by error code, got something of type object',
    ],
    ...[3, [], [Orders, Orders], [3]].map((response): [string, () => unknown, string] => [
      `a response that is no class: ${JSON.stringify(response)}`,
      () => CallFlow(Orders, { response: response as never }),
      `Expected \`response\` of @CallFlow(Orders) to be a class, or a list of one class, got ${response === 3 ? '3' : 'something of type object'}`,
    ]),
    [
      'a response of a stream',
      () => StreamFlow(Orders, { response: Orders } as never),
      'Unknown option `response` of @StreamFlow(Orders)',
    ],
    [
      'no heartbeat at all',
      () => StreamFlow(Orders, { heartbeatS: 0 }),
      'Expected `heartbeatS` of @StreamFlow(Orders) to be > 0 seconds, got 0',
    ],
    [
      'an unknown name',
      () => CallFlow(Orders, { heartbeatS: 3 } as never),
      'Unknown option `heartbeatS` of @CallFlow(Orders)',
    ],
    [
      'an unknown name of @FlowRequest',
      () => FlowRequest({ timeout: 3 } as never),
      'Unknown option `timeout` of @FlowRequest',
    ],
    [
      'a bad time of @FlowRequest',
      () => FlowRequest({ timeoutS: Number.NaN }),
      'Expected `timeoutS` of @FlowRequest to be > 0 seconds, got NaN',
    ],
  ];
  for (const [name, declare, message] of bad) {
    it(`${name} is refused while the decorator runs`, () => {
      const error = thrownBy(declare);
      expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
      expect(error.message).to.equal(message);
    });
  }
});
