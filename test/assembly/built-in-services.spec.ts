import { expect } from 'chai';
import {
  CLOCK,
  CORRELATION,
  createFlow,
  EVENT_LOGGER,
  FLOW_LOG,
  FlowLogger,
  LOGGER,
  TRACER,
  type CreateFlowOptions,
} from '#src/index.js';
import type { AnyProvider } from '#src/ports/provider.js';
import { thrownBy } from '../support/thrown-by.js';
import { Orders } from './support/use-assembly.js';

describe('what is bound to the tokens of the package', () => {
  const wrong: readonly (readonly [string, AnyProvider, string, string])[] = [
    ['CLOCK', { token: CLOCK, useValue: 'x' }, 'a Clock, got "x"', '`now()`, `monotonic()`, `stamp()`, `setTimer()`'],
    [
      'CLOCK',
      { token: CLOCK, useFactory: () => ({ now: () => 0, monotonic: () => 0, setTimer: () => ({ cancel() {} }) }) },
      'a Clock, got an object of class Object',
      '`stamp()`',
    ],
    ['CLOCK', { token: CLOCK, useFactory: () => undefined }, 'a Clock, got undefined', '`now()`'],
    ['FLOW_LOG', { token: FLOW_LOG, useValue: console }, 'a FlowLog, got', '`isLevelEnabled()`, `write()`, `flush()`'],
    ['CORRELATION', { token: CORRELATION, useValue: { run() {} } }, 'a function, got an object', 'CorrelationScope'],
    ['TRACER', { token: TRACER, useValue: {} }, 'a FlowTracer, got an object', '`startTrace()`'],
    ['LOGGER', { token: LOGGER, useValue: console }, 'a winston Logger, got an object', 'winston.createLogger'],
    ['EVENT_LOGGER', { token: EVENT_LOGGER, useValue: 'x' }, 'a winston Logger, got "x"', 'winston.createLogger'],
  ];
  for (const [token, provider, expected, hint] of wrong) {
    it(`R7 is checked by createFlow: ${token} to be ${expected}`, () => {
      const options = { providers: [provider], middlewares: [FlowLogger] } as unknown as CreateFlowOptions;
      const error = thrownBy(() => createFlow(Orders, options));
      expect(error.code).to.equal('INVALID_OPTION');
      expect(error.message).to.contain(`Expected \`${token}\` of createFlow() to be ${expected}`);
      expect(error.hint).to.contain(hint);
    });
  }
});
