import { expect } from 'chai';
import fc from 'fast-check';
import winston from 'winston';
import { configureLogging } from '#src/logging/configure-logging.js';
import { FlowLogger } from '#src/logging/flow-logger/flow-logger.js';
import type { LoggingOptions } from '#src/logging/sinks/logging-config.js';
import { correlate } from '#src/logging/winston/correlate.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import { redactFormat } from '#src/logging/winston/redact-format.js';
import { WinstonFlowLog } from '#src/logging/winston/winston-flow-log.js';
import { LineCatcher } from '../support/line-catcher.js';
import { useLogging } from '../support/use-logging.js';
import { flowEvent } from './support/flow-events.js';
import { inAttempt } from './support/in-attempt.js';
import { FORMED_SHAPES, KEYED_SHAPES } from './support/secret-shapes.js';

const SEED = 20_261_130;

/** Ids as people choose them, and such as look like secrets, like cards, or are long. */
const id = fc.oneof(
  fc.uuid(),
  fc.constantFrom(...KEYED_SHAPES, ...FORMED_SHAPES).map(({ text }) => text('Zq9xW7vLm2KdT4')),
  fc.constantFrom(
    '4111111111111111',
    '4111 1111 1111 1111',
    '5500-0000-0000-0004',
    'password',
    'token: x',
    '[Redacted]',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
  fc.string({ minLength: 500, maxLength: 1000 }).map((text) => text.repeat(8)),
);

const ids = fc.record({
  trace_id: id,
  flow_name: id,
  node_name: id,
  node_id: id,
  tenant: id.map((text) => text.slice(0, 1024)),
  attempt: fc.nat(),
});
type Ids = Record<'trace_id' | 'flow_name' | 'node_name' | 'node_id' | 'tenant', string> & { readonly attempt: number };

/** What a call says under the names that are the line's own. */
const forged = { trace_id: 'mine', flow_name: 'mine', node_name: 'mine', node_id: 'mine', tenant: 'mine', attempt: 99 };

const ways: readonly (readonly [string, (ids: Ids) => void])[] = [
  ['a field of the call', () => void getLogger().info('m', { ...forged })],
  ['the entry', () => void getLogger().info({ message: 'm', ...forged })],
  [
    'a child',
    () =>
      void getLogger()
        .child({ ...forged })
        .info('m', { ...forged }),
  ],
  ['an error', () => void getLogger().error('m', Object.assign(new Error('e'), forged))],
  ['ctx.logger', (own) => new WinstonFlowLog().write('info', 'm', forged, own)],
  [
    'an event',
    ({ trace_id: traceId, flow_name: flowName, node_name: nodeName, node_id: nodeId, tenant, attempt }) =>
      new FlowLogger().on(
        flowEvent('node_success', {
          traceId,
          flowName,
          nodeName,
          nodeId,
          tenant,
          attempt,
          error: Object.assign(new Error('e'), forged),
        }),
      ),
  ],
];

const formats: readonly (readonly [string, LoggingOptions, (line: Record<string, unknown>) => unknown])[] = [
  ['flat', { format: 'flat' }, (line) => line],
  ['penguiflow', { format: 'penguiflow' }, (line) => line['extra']],
  ['otel', { format: 'otel' }, (line) => line['Attributes']],
];

describe('ids of a line', () => {
  const caught = useLogging();

  for (const [format, options, fieldsOf] of formats) {
    for (const [way, write] of ways) {
      it(`R26 R27 are exact, whatever they look like and whatever ${way} says: ${format}`, () => {
        configureLogging({ structured: true, destination: caught, ...options });
        fc.assert(
          fc.property(ids, (own) => {
            caught.clear();
            inAttempt(() => write(own), own);
            expect(caught.lines).to.have.length(1);
            expect(fieldsOf(caught.last)).to.include(own);
          }),
          { seed: SEED, numRuns: 60 },
        );
      });
    }
  }

  it("R26 R27 are exact on a winston logger of the user's, through redactFormat(), too", () => {
    const own = new LineCatcher();
    const format = winston.format.combine(redactFormat(), winston.format.json());
    const logger = correlate(
      winston.createLogger({ format, transports: [new winston.transports.Stream({ stream: own })] }),
    );
    fc.assert(
      fc.property(ids, (fields) => {
        own.clear();
        inAttempt(() => logger.info('password=hunter2', { ...forged, apiKey: 'hunter2' }), fields);
        expect(own.last).to.include(fields);
        expect(own.text).not.to.contain('hunter2');
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  it('R26 R27 stand in lines for people, on one line, with what could break it escaped', () => {
    configureLogging({ structured: false, destination: caught, ids: 'full' });
    fc.assert(
      fc.property(ids, (own) => {
        caught.clear();
        inAttempt(() => getLogger().info('m', { ...forged }), own);
        expect(caught.lines).to.have.length(1);
        if (/^[\w.-]+$/.test(own.trace_id)) expect(caught.text).to.contain(own.trace_id);
        expect(caught.text).not.to.contain('mine');
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  it('R26 R27 of a FlowError that is logged stay as well', () => {
    const trace = 'order-4111111111111111 token=abc';
    const error = { code: 'NODE_EXCEPTION', trace_id: trace, node_name: 'Bearer abcdefgh', message: 'token=abc' };
    new FlowLogger().on(flowEvent('node_failed', { traceId: trace, extra: { flow_error: error } }));
    expect(caught.last['flow_error']).to.deep.equal({ ...error, message: 'token=[Redacted]' });
  });
});
