import { expect } from 'chai';
import { container } from 'tsyringe';
import { FlowError } from '#src/errors/flow-error.js';
import { FLOW_EVENT_TYPES, type FlowEventType } from '#src/events/flow-event-type.js';
import { configureLogging } from '#src/logging/configure-logging.js';
import { FlowLogger } from '#src/logging/flow-logger/flow-logger.js';
import type { FlowLoggerOptions } from '#src/logging/flow-logger/flow-logger-options.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import { isSampled } from '#src/logging/flow-logger/sampling.js';
import { EVENT_LOGGER, FLOW_LOGGER_OPTIONS } from '#src/logging/flow-logger/tokens.js';
import { flowEvent, TRACE } from '../support/flow-events.js';
import { plainWinston } from '../../support/line-catcher.js';
import { useLogging } from '../../support/use-logging.js';

describe('FlowLogger', () => {
  const caught = useLogging({ level: 'debug' });

  const levels: Record<FlowEventType, string> = {
    node_start: 'debug',
    node_success: 'info',
    node_error: 'warn',
    node_timeout: 'warn',
    node_retry: 'info',
    node_failed: 'error',
    node_cancelled: 'debug',
    node_trace_cancelled: 'info',
    loop_blocked: 'warn',
    node_stuck: 'warn',
    deadline_skip: 'info',
    join_incomplete: 'warn',
    dependency_success: 'debug',
    dependency_error: 'warn',
    dependency_rejected: 'warn',
    dependency_state: 'info',
    trace_start: 'info',
    trace_end: 'info',
    part_start: 'debug',
    part_end: 'debug',
    trace_cancel_start: 'info',
    trace_cancel_drop: 'info',
    trace_cancel_finish: 'info',
    flow_backpressure: 'warn',
    flow_stalled: 'warn',
    message_published: 'debug',
    message_redelivered: 'warn',
    message_dropped: 'info',
    dead_letter: 'error',
    lease_lost: 'warn',
    carrier_state: 'warn',
    clock_skew: 'warn',
  };
  for (const type of FLOW_EVENT_TYPES) {
    it(`R25 logs ${type} at level ${levels[type]}, in exactly one line`, () => {
      new FlowLogger().on(flowEvent(type, type === 'trace_end' ? { extra: { status: 'succeeded' } } : {}));
      expect(caught.lines).to.have.length(1);
      expect(caught.last).to.include({ level: levels[type], logger: 'penguiflow.flow', message: type, event: type });
    });
  }

  it('R25 logs node_error as warn while retries remain', () => {
    new FlowLogger().on(flowEvent('node_error', { extra: { will_retry: true } }));
    expect(caught.last).to.include({ level: 'warn', message: 'node_error' });
  });

  it('R25 R35 logs a breaker that opens as warn, and a call that was given up as debug, unless told otherwise', () => {
    const open = flowEvent('dependency_state', { extra: { dependency: 'bank', state: 'open' } });
    const closed = flowEvent('dependency_state', { extra: { dependency: 'bank', state: 'closed' } });
    const givenUp = flowEvent('dependency_error', { extra: { dependency: 'bank', outcome: 'cancelled' } });
    for (const event of [open, closed, givenUp]) new FlowLogger().on(event);
    expect(caught.json.map(({ level }) => level)).to.deep.equal(['warn', 'info', 'debug']);
    caught.clear();
    const other = new FlowLogger(undefined, { levels: { dependency_state: 'error', dependency_error: 'info' } });
    for (const event of [open, closed, givenUp]) other.on(event);
    expect(caught.json.map(({ level }) => level)).to.deep.equal(['error', 'error', 'info']);
  });

  it('R25 R35 a logger at level warn still asks for the events of which some are warnings', () => {
    const { wants } = new FlowLogger().subscription();
    configureLogging({ structured: true, destination: caught, level: 'warn' });
    expect(wants?.('dependency_state')).to.equal(true);
    expect(wants?.('dependency_error')).to.equal(true);
    expect(wants?.('dependency_success')).to.equal(false);
  });

  it('R25 each level can be overridden, or turned off', () => {
    const logger = new FlowLogger(undefined, {
      levels: { node_success: 'debug', node_start: 'off' },
      retryLevel: 'info',
    });
    logger.on(flowEvent('node_start'));
    logger.on(flowEvent('node_success'));
    logger.on(flowEvent('node_error', { extra: { will_retry: true } }));
    expect(caught.json.map((line) => [line['message'], line['level']])).to.deep.equal([
      ['node_success', 'debug'],
      ['node_error', 'info'],
    ]);
    expect(logger.subscription().types).not.to.include('node_start');
  });

  it('R20 the fields are the payload of the event', () => {
    const event = flowEvent('node_retry', { extra: { sleep_s: 0.5, exception: 'Error: x' } });
    new FlowLogger().on(event);
    expect(caught.last).to.deep.include(event.toPayload());
  });

  it('R23 a line about a failure carries the error with message, stack and causes', () => {
    const error = new Error('no stock', { cause: new TypeError('db gone') });
    new FlowLogger().on(
      flowEvent('node_failed', {
        error,
        extra: { exception: 'Error: no stock', flow_error: { code: 'NODE_EXCEPTION' } },
      }),
    );
    expect(caught.last['error']).to.include({ type: 'Error', message: 'no stock', stack: error.stack });
    expect((caught.last['error'] as { cause: object }).cause).to.include({ type: 'TypeError', message: 'db gone' });
    expect(caught.last['flow_error']).to.deep.equal({ code: 'NODE_EXCEPTION' });
  });

  it('R24 two loggers on one destination give one line, and have one identity', () => {
    const first = new FlowLogger();
    const second = new FlowLogger(getLogger('elsewhere'));
    const event = flowEvent('node_success');
    first.on(event);
    second.on(event);
    expect(caught.lines).to.have.length(1);
    expect(first.identity).to.equal(second.identity);
    expect(first.subscription().identity).to.equal(first.identity);
  });

  it('R24 two loggers on different destinations give a line each', () => {
    const { logger, caught: other } = plainWinston();
    const event = flowEvent('node_success');
    const second = new FlowLogger(logger.child({}));
    new FlowLogger().on(event);
    second.on(event);
    expect(caught.lines).to.have.length(1);
    expect(other.lines).to.have.length(1);
    expect(second.identity).to.equal(logger);
  });

  it('R24 the same event twice through one logger gives one line', () => {
    const logger = new FlowLogger();
    const event = flowEvent('node_success');
    logger.on(event);
    logger.on(event);
    expect(caught.lines).to.have.length(1);
  });

  it('R25 a level that is off writes nothing', () => {
    configureLogging({ level: 'warn', structured: true, destination: caught });
    new FlowLogger().on(flowEvent('node_success'));
    expect(caught.lines).to.have.length(0);
  });

  it('R23 writes to a winston logger of the user, with its own format', () => {
    const { logger, caught: own } = plainWinston();
    new FlowLogger(logger).on(flowEvent('node_success', { extra: { password: 'hunter2' } }));
    expect(own.last).to.include({
      level: 'info',
      message: 'node_success',
      trace_id: TRACE,
      q_depth_out: 1,
      password: '[Redacted]',
    });
    expect(own.last).to.have.property('timestamp');
  });

  it('R23 takes logger and options from the container, and needs neither', () => {
    const { logger, caught: own } = plainWinston();
    const child = container.createChildContainer();
    expect(child.resolve(FlowLogger)).to.be.instanceOf(FlowLogger);
    child.register(EVENT_LOGGER, { useValue: logger });
    child.register(FLOW_LOGGER_OPTIONS, { useValue: { levels: { node_success: 'warn' } } satisfies FlowLoggerOptions });
    child.resolve(FlowLogger).on(flowEvent('node_success'));
    expect(own.last).to.include({ level: 'warn' });
  });

  it('R21 an async callback that rejects is one line, and no unhandled rejection', async () => {
    const logger = new FlowLogger(undefined, {
      onLatency: () => Promise.reject(new RangeError('gauge is gone')) as never,
    });
    const thenable = {
      then: (_: unknown, reject: (error: unknown) => void) => reject(new RangeError('of another kind')),
    };
    const other = new FlowLogger(undefined, { onLatency: () => thenable as never });
    for (const each of [logger, other]) each.on(flowEvent('node_success'));
    await new Promise(setImmediate);
    const failures = caught.json.filter((line) => line['message'] === 'log_flow_events_latency_callback_error');
    expect(failures.map((line) => (line['error'] as { message: string }).message)).to.have.members([
      'gauge is gone',
      'of another kind',
    ]);
    expect(failures[0]).to.include({ trace_id: TRACE, node_name: 'Price' });
  });

  it('R21 a callback that always fails is said at its first failure, its tenth, its hundredth: not with each attempt', () => {
    const logger = new FlowLogger(undefined, {
      levels: { node_success: 'off' },
      onLatency: () => {
        throw new Error('statsd is down');
      },
    });
    for (let n = 0; n < 150; n++) logger.on(flowEvent('node_success'));
    expect(caught.json.map(({ failures }) => failures)).to.deep.equal([1, 10, 100]);
  });

  it('R21 tells latencies of successes and errors, and survives a callback that throws', () => {
    const told: [string, number][] = [];
    const logger = new FlowLogger(undefined, {
      levels: { node_success: 'off' },
      onLatency: (type, latencyMs) => {
        told.push([type, latencyMs]);
        if (told.length === 2) throw new Error('histogram gone');
      },
    });
    for (const type of ['node_start', 'node_success', 'node_error'] as const) logger.on(flowEvent(type));
    expect(told).to.deep.equal([
      ['node_success', 1.25],
      ['node_error', 1.25],
    ]);
    const failed = 'log_flow_events_latency_callback_error';
    expect(caught.json.map((line) => line['message'])).to.deep.equal(['node_start', failed, 'node_error']);
    const { nodeName, nodeId, traceId } = flowEvent('node_error');
    expect(caught.json[1]).to.include({ event: failed, node_name: nodeName, node_id: nodeId, trace_id: traceId });
    expect(logger.subscription().types).to.include('node_success');
  });

  const wrong: [FlowLoggerOptions, string][] = [
    [
      { levels: { node_success: 'loud' as never } },
      'Expected `levels.node_success` of FlowLogger to be one of error, warn, info, debug, off, got "loud"',
    ],
    [{ levels: { node_sucess: 'info' } as never }, 'Unknown option `node_sucess` of `levels` of FlowLogger'],
    [{ sample: { node_success: 2 } }, 'Expected `sample.node_success` of FlowLogger to be a number from 0 to 1, got 2'],
    [{ recordTraces: -1 }, 'Expected `recordTraces` of FlowLogger to be a whole number >= 0, got -1'],
    [{ recordLines: 0 }, 'Expected `recordLines` of FlowLogger to be a whole number >= 1, got 0'],
    [{ onLatency: 1 as never }, 'Expected `onLatency` of FlowLogger to be a function, got 1'],
    [{ level: 'info' } as never, 'Unknown option `level` of FlowLogger'],
  ];
  for (const [options, message] of wrong) {
    it(`R25 refuses a bad option: ${message}`, () => {
      try {
        new FlowLogger(undefined, options);
      } catch (error) {
        expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
        expect((error as Error).message).to.equal(message);
        return;
      }
      expect.fail('nothing was thrown');
    });
  }

  describe('sampling and the flight recorder', () => {
    const traces = Array.from({ length: 400 }, (_, index) => `trace-${index}`);
    const steps = ['node_start', 'node_success'] as const;

    function run(options: FlowLoggerOptions, trace: string, last?: FlowEventType, change = {}): void {
      const logger = options === kept.options ? kept.logger! : new FlowLogger(undefined, options);
      kept.options = options;
      kept.logger = logger;
      for (const type of steps) logger.on(flowEvent(type, { traceId: trace }));
      if (last !== undefined) logger.on(flowEvent(last, { traceId: trace, ...change }));
    }
    let kept: { options?: FlowLoggerOptions; logger?: FlowLogger };

    beforeEach(() => {
      kept = {};
    });

    it('R28 a sampled trace is whole, and about the asked share is sampled', () => {
      const options = { sample: { node_start: 0.25, node_success: 0.25 } };
      for (const trace of traces) run(options, trace);
      const counts = new Map<unknown, number>();
      for (const line of caught.json) counts.set(line['trace_id'], (counts.get(line['trace_id']) ?? 0) + 1);
      expect([...counts.values()].every((count) => count === 2)).to.equal(true);
      expect(counts.size).to.be.within(60, 140);
    });

    it('R28 the decision is the same in another logger, and each type has its own share', () => {
      for (const trace of traces) run({ sample: { node_start: 0.1, node_success: 0.5 } }, trace);
      const started = new Set(
        caught.json.filter((line) => line['event'] === 'node_start').map((line) => line['trace_id']),
      );
      const succeeded = new Set(
        caught.json.filter((line) => line['event'] === 'node_success').map((line) => line['trace_id']),
      );
      expect(started.size).to.be.within(20, 60);
      expect(succeeded.size).to.be.within(150, 250);
      expect([...started].every((trace) => succeeded.has(trace))).to.equal(true);
    });

    it('R28 lines without a trace are always written', () => {
      new FlowLogger(undefined, { sample: { node_success: 0 } }).on(flowEvent('node_success', { traceId: null }));
      expect(caught.lines).to.have.length(1);
    });

    const unsampled = {
      sample: { node_start: 0, node_success: 0 },
      levels: { trace_start: 'off' },
      recordTraces: 10,
    } as const;
    const end = (status: string, kind = 'emit'): object => ({ extra: { kind, status } });

    for (const status of ['failed', 'deadline', 'cancelled', 'stopped']) {
      it(`R28 a run that ends ${status} writes out the unsampled lines of its trace first, in order and marked`, () => {
        run(unsampled, 'calm', 'trace_end', end('succeeded'));
        caught.clear();
        run(unsampled, 'bad', 'trace_end', end(status));
        expect(caught.json.map((line) => [line['trace_id'], line['event'], line['recorded']])).to.deep.equal([
          ['bad', 'node_start', true],
          ['bad', 'node_success', true],
          ['bad', 'trace_end', undefined],
        ]);
      });
    }

    it('R28 one that succeeds, is refused, or is a playbook writes out nothing, nor does a failed message', () => {
      run(unsampled, 'calm', 'trace_end', end('succeeded'));
      run(unsampled, 'refused', 'trace_end', end('rejected'));
      run(unsampled, 'below', 'trace_end', end('failed', 'playbook'));
      run(unsampled, 'failing', 'node_failed');
      run(unsampled, 'late', 'node_timeout');
      expect(caught.json.map((line) => line['recorded'])).to.deep.equal(Array.from({ length: 5 }, () => undefined));
    });

    it('R28 lines are kept until the last run of their id ends, and no longer', () => {
      const logger = new FlowLogger(undefined, unsampled);
      const event = (type: FlowEventType, change: object = {}): void => logger.on(flowEvent(type, change));
      event('trace_start', { extra: { kind: 'call' } });
      event('node_start');
      event('trace_start', { extra: { kind: 'playbook' } });
      event('node_start', { nodeName: 'Below' });
      event('trace_end', end('failed', 'playbook'));
      expect(caught.json.map((line) => line['event'])).to.deep.equal(['trace_end']);
      event('trace_end', end('failed', 'call'));
      expect(caught.json.slice(1).map((line) => [line['node_name'], line['recorded']])).to.deep.equal([
        ['Price', true],
        ['Below', true],
        ['Price', undefined],
      ]);
      caught.clear();
      event('trace_start', { extra: { kind: 'call' } });
      event('node_start');
      event('trace_end', end('succeeded', 'call'));
      event('trace_start', { extra: { kind: 'call' } });
      event('trace_end', end('failed', 'call'));
      expect(caught.json.map((line) => line['event'])).to.deep.equal(['trace_end', 'trace_end']);
    });

    it('R28 traces of two tenants with one id are two traces', () => {
      const logger = new FlowLogger(undefined, unsampled);
      logger.on(flowEvent('node_start', { tenant: 'acme' }));
      logger.on(flowEvent('node_start', { tenant: 'other' }));
      logger.on(flowEvent('trace_end', { tenant: 'other', ...end('failed') }));
      expect(caught.json.map((line) => [line['tenant'], line['event']])).to.deep.equal([
        ['other', 'node_start'],
        ['other', 'trace_end'],
      ]);
      const sampled = new FlowLogger(undefined, { sample: { node_start: 0.5 } });
      caught.clear();
      for (let n = 0; n < 64; n++) sampled.on(flowEvent('node_start', { tenant: `t-${n}` }));
      expect(caught.lines.length).to.be.within(16, 48);
    });

    it('R28 a recorded line keeps the time of its event and the redaction of its moment', () => {
      const details = { password: 'hunter2', nested: { n: 1 } };
      const logger = new FlowLogger(undefined, { sample: { node_retry: 0 }, recordTraces: 1 });
      logger.on(flowEvent('node_retry', { ts: 1000.25, extra: { details } }));
      details.nested.n = 2;
      logger.on(flowEvent('trace_end', end('failed')));
      expect(caught.json[0]).to.deep.include({ timestamp: '1970-01-01T00:16:40.250Z', recorded: true });
      expect(caught.text).to.contain('"n":1').and.not.contain('hunter2');
    });

    it('R28 an attempt that will be retried does not fail the trace yet', () => {
      run({ sample: { node_start: 0, node_success: 0 }, recordTraces: 10 }, 'bad', 'node_timeout', {
        extra: { will_retry: true },
      });
      expect(caught.json.map((line) => line['event'])).to.deep.equal(['node_timeout']);
    });

    it('R28 once a run has failed the lines of others of its id are written at once', () => {
      const logger = new FlowLogger(undefined, unsampled);
      for (const type of ['trace_start', 'trace_start', 'node_start'] as const) logger.on(flowEvent(type));
      logger.on(flowEvent('trace_end', end('failed')));
      logger.on(flowEvent('node_start'));
      expect(caught.json.map((line) => line['recorded'])).to.deep.equal([true, undefined, undefined]);
    });

    it('R28 a slow success writes its trace out, too, when asked for', () => {
      const options = { sample: { node_start: 0, node_success: 0 }, recordTraces: 10, recordSlowMs: 100 };
      const logger = new FlowLogger(undefined, options);
      for (const [traceId, latencyMs] of [
        ['quick', 99],
        ['slow', 100],
      ] as const) {
        logger.on(flowEvent('node_start', { traceId }));
        logger.on(flowEvent('node_success', { traceId, latencyMs }));
      }
      expect(caught.json.map((line) => [line['trace_id'], line['event'], line['recorded']])).to.deep.equal([
        ['slow', 'node_start', true],
        ['slow', 'node_success', undefined],
      ]);
    });

    it('R28 bounds bursts of node_start, and says how many lines were left out', () => {
      const logger = new FlowLogger(undefined, { maxStartsPerS: 2 });
      for (const ts of [10.1, 10.2, 10.3, 10.9, 11.0]) logger.on(flowEvent('node_start', { ts }));
      logger.on(flowEvent('node_success', { ts: 10.9 }));
      expect(caught.json.map((line) => [line['event'], line['ts'], line['starts_left_out']])).to.deep.equal([
        ['node_start', 10.1, undefined],
        ['node_start', 10.2, undefined],
        ['node_start', 11, 2],
        ['node_success', 10.9, undefined],
      ]);
    });

    it('R28 a start that sampling leaves out neither counts as a burst nor takes the count of one away', () => {
      const sample = { node_start: 0.5 };
      const inside = traces.find((traceId) => isSampled(flowEvent('node_start', { traceId }), 0.5))!;
      const outside = traces.find((traceId) => !isSampled(flowEvent('node_start', { traceId }), 0.5))!;
      const logger = new FlowLogger(undefined, { sample, recordTraces: 10, maxStartsPerS: 1 });
      const starts: [string, number][] = [
        [inside, 10.1],
        [inside, 10.2],
        [outside, 10.3],
        [inside, 10.4],
        [outside, 11.0],
        [inside, 11.1],
      ];
      for (const [traceId, ts] of starts) logger.on(flowEvent('node_start', { traceId, ts }));
      logger.on(flowEvent('trace_end', { traceId: outside, ...end('failed') }));
      expect(caught.json.map((line) => [line['ts'], line['recorded'], line['starts_left_out']])).to.deep.equal([
        [10.1, undefined, undefined],
        [11.1, undefined, 2],
        [10.3, true, undefined],
        [11, true, undefined],
        [1_760_000_000.5, undefined, undefined],
      ]);
    });

    it('R28 the recorder is bounded in traces: the one that was quiet longest is forgotten', () => {
      const options = { sample: { node_start: 0, node_success: 0 }, recordTraces: 2 };
      for (const trace of ['a', 'b', 'a', 'c']) run(options, trace);
      for (const trace of ['a', 'b']) kept.logger!.on(flowEvent('trace_end', { traceId: trace, ...end('failed') }));
      expect(caught.json.filter((line) => line['recorded'] === true).map((line) => line['trace_id'])).to.deep.equal([
        'a',
        'a',
        'a',
        'a',
      ]);
    });

    it('R28 the recorder is bounded in lines: the oldest go first, and the loss is told', () => {
      const logger = new FlowLogger(undefined, { sample: { node_start: 0 }, recordTraces: 1, recordLines: 3 });
      for (let attempt = 0; attempt < 5; attempt++) logger.on(flowEvent('node_start', { attempt }));
      logger.on(flowEvent('trace_end', end('failed')));
      const recorded = caught.json.filter((line) => line['recorded'] === true);
      expect(recorded.map((line) => line['attempt'])).to.deep.equal([2, 3, 4]);
      expect(recorded.map((line) => line['recorded_lost'])).to.deep.equal([2, undefined, undefined]);
    });
  });
});
