import { expect } from 'chai';
import type { FlowEvent } from '#src/index.js';
import { FlowLogger } from '#src/logging/flow-logger/flow-logger.js';
import type { FlowLoggerOptions } from '#src/logging/flow-logger/flow-logger-options.js';
import { record, useFlows } from '../../support/flows.js';
import { failing, held, line, node, pass } from '../../support/nodes.js';
import { settle } from '../../support/settling.js';
import { thrownBy } from '../../support/thrown-by.js';
import { flowEvent } from '../support/flow-events.js';
import { plainWinston } from '../../support/line-catcher.js';
import { useLogging } from '../../support/use-logging.js';

describe('payloads of events', () => {
  const bench = useFlows();
  const caught = useLogging({ level: 'debug' });

  /** The field `payload` of the line about an event with that payload. */
  function logged(payload: unknown, payloads: FlowLoggerOptions['payloads'] = true): unknown {
    new FlowLogger(undefined, { payloads }).on(flowEvent('node_success', { payload }));
    return caught.last['payload'];
  }

  it('R25 are never logged unless asked for', async () => {
    const flow = await bench.run(line(pass('A')), { middlewares: [new FlowLogger()] });
    await flow.call({ order: 'marker-of-payload' });
    expect(caught.lines).to.have.length(4);
    expect(caught.text).not.to.contain('marker-of-payload');
    expect(logged('marker-of-payload', false)).to.equal(undefined);
  });

  it('R25 are logged for each event of a node when asked for, and no others get the field', async () => {
    const logger = new FlowLogger(undefined, { payloads: true });
    const flow = await bench.run(line(pass('A')), { middlewares: [logger] });
    await flow.call({ order: 7 });
    expect(caught.json.map((one) => [one['event'], one['payload']])).to.deep.equal([
      ['trace_start', undefined],
      ['node_start', { order: 7 }],
      ['node_success', { order: 7 }],
      ['trace_end', undefined],
    ]);
    logger.on(flowEvent('trace_cancel_start'));
    expect(caught.last).not.to.have.property('payload');
  });

  it('R25 are redacted', () => {
    expect(logged({ order: 7, card: { password: 'hunter2' }, note: 'Bearer abcdef123456' })).to.deep.equal({
      order: 7,
      card: { password: '[Redacted]' },
      note: 'Bearer [Redacted]',
    });
    expect(logged('token=abcdef')).to.equal('token=[Redacted]');
  });

  it('R25 are cut to 1,000 characters of JSON, or to what is asked for', () => {
    expect(logged({ text: 'x'.repeat(988) })).to.deep.equal({ text: 'x'.repeat(988) });
    expect(logged({ text: 'x'.repeat(5000) })).to.equal(`{"text":"${'x'.repeat(991)}... (4011 more characters)`);
    expect(logged('y'.repeat(5000))).to.equal(`${'y'.repeat(1000)}... (4000 more characters)`);
    expect(logged({ a: [1, 2, 3] }, { maxChars: 6 })).to.equal('{"a":[... (7 more characters)');
    expect(logged({ a: 1 }, {})).to.deep.equal({ a: 1 });
    expect(logged('12345\u{1f427}', { maxChars: 6 })).to.equal('12345... (2 more characters)');
  });

  it('R25 a secret that the cut goes through is hidden, not halved', () => {
    for (let maxChars = 1; maxChars < 60; maxChars++) {
      logged({ note: 'Bearer hunter2hunter2', password: 'hunter2' }, { maxChars });
      logged('sent with Bearer hunter2hunter2', { maxChars });
    }
    expect(caught.text).not.to.contain('hunt');
  });

  it('R25 any value may be a payload', () => {
    const cyclic: Record<string, unknown> = { n: 1 };
    cyclic['self'] = cyclic;
    const trap = {
      get boom(): never {
        throw new TypeError('no');
      },
    };
    expect([0, null, false, 5n, cyclic, trap, new Map([['k', 1]])].map((payload) => logged(payload))).to.deep.equal([
      0,
      null,
      false,
      '5',
      { n: 1, self: '[Circular]' },
      { boom: '[threw TypeError]' },
      { k: 1 },
    ]);
    expect(caught.json).to.have.length(7);
  });

  it('R25 are in the lines of the flight recorder and of a logger of the user, redacted too', () => {
    const { logger, caught: own } = plainWinston();
    const flowLogger = new FlowLogger(logger, { payloads: true, sample: { node_start: 0 }, recordTraces: 1 });
    const payload = { order: 7, password: 'hunter2' };
    flowLogger.on(flowEvent('node_start', { payload }));
    payload.order = 8;
    flowLogger.on(flowEvent('node_failed', { payload }));
    flowLogger.on(flowEvent('trace_end', { extra: { status: 'failed', kind: 'emit' } }));
    expect(own.json.map((one) => one['payload'])).to.deep.equal([
      { order: 8, password: '[Redacted]' },
      { order: 7, password: '[Redacted]' },
      undefined,
    ]);
  });

  it('R25 a bad option is refused', () => {
    const refused: readonly [unknown, string][] = [
      ['yes', 'Expected `payloads` of FlowLogger to be a boolean or an object, got "yes"'],
      [{ maxChars: 0 }, 'Expected `payloads.maxChars` of FlowLogger to be a whole number >= 1, got 0'],
      [{ max: 1 }, 'Unknown option `max` of `payloads` of FlowLogger'],
    ];
    for (const [payloads, message] of refused) {
      const error = thrownBy(() => new FlowLogger(undefined, { payloads: payloads as never }));
      expect(error).to.include({ code: 'INVALID_OPTION', message });
    }
  });

  describe('as listeners see them', () => {
    const payloadOf = ({ eventType, payload }: FlowEvent): [string, unknown] => [eventType, payload];

    it('R20 an event of a node has the payload that came to it', async () => {
      const flow = await bench.run(
        line(
          node('Twice', (n: unknown) => Number(n) * 2),
          failing('Fails', { maxRetries: 1 }),
        ),
      );
      const events = record(flow);
      await flow.emit(4);
      await bench.clock.advance(5_000);
      expect(events.map(payloadOf)).to.deep.equal([
        ['node_start', 4],
        ['node_success', 4],
        ['node_start', 8],
        ['node_error', 8],
        ['node_retry', 8],
        ['node_start', 8],
        ['node_error', 8],
        ['node_failed', 8],
      ]);
    });

    it('R20 so has one of an attempt that is cut short: timeout, deadline, cancel, stop', async () => {
      const { node: work } = held('A', { timeoutS: 1 });
      const flow = await bench.run(line(work));
      const events = record(flow);
      const pieces: [string, unknown][] = [];
      const take = (): void => void pieces.push(...events.splice(0).map(payloadOf));
      await flow.emit('slow');
      await flow.emit('late', { timeoutS: 0.5 });
      await bench.clock.advance(1_500);
      take();
      const traceId = await flow.emit('cancelled');
      await settle();
      flow.cancel(traceId);
      await flow.emit('stopped');
      await settle();
      const stopped = flow.stop({ graceS: 0 });
      await bench.clock.advance(10);
      await stopped;
      take();
      expect(pieces.filter(([type]) => type !== 'node_start')).to.deep.equal([
        ['deadline_skip', 'late'],
        ['node_timeout', 'slow'],
        ['node_failed', 'slow'],
        ['trace_cancel_start', undefined],
        ['node_trace_cancelled', 'cancelled'],
        ['trace_cancel_finish', undefined],
        ['node_cancelled', 'stopped'],
      ]);
    });
  });
});
