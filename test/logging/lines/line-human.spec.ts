import { expect } from 'chai';
import type { FlowEventType } from '#src/events/flow-event-type.js';
import type { FlowEventInit } from '#src/events/flow-event.js';
import { durationText } from '#src/logging/lines/human/duration-text.js';
import { humanLine, isFolded, type HumanLineOptions } from '#src/logging/lines/human/line-human.js';
import { FieldList } from '#src/logging/lines/field-list.js';
import type { LogRecord } from '#src/logging/lines/log-record.js';
import type { WinstonLevel } from '#src/logging/lines/logging-level.js';
import { flowEvent } from '../support/flow-events.js';

const OPTIONS: HumanLineOptions = { includeExtras: undefined, colours: false, fullIds: false, columns: 120 };

function record(message: string, fields: Record<string, unknown>, level: WinstonLevel = 'info'): LogRecord {
  const timeMs = new Date(2026, 10, 30, 1, 19, 26, 104).getTime();
  return { timeMs, level, logger: 'penguiflow.flow', message, fields: FieldList.from(fields) };
}

function recordOf(type: FlowEventType, change: Partial<FlowEventInit>, level?: WinstonLevel): LogRecord {
  const event = flowEvent(type, { traceId: `${'0'.repeat(24)}a1b2c3d4`, ...change });
  return record(type, { ...(event.error === undefined ? {} : { error: event.error }), ...event.toPayload() }, level);
}

/** The line about an event. */
function told(
  type: FlowEventType,
  change: Partial<FlowEventInit> = {},
  level?: WinstonLevel,
  options: Partial<HumanLineOptions> = {},
): string {
  return humanLine({ ...OPTIONS, ...options })(recordOf(type, change, level));
}

/** What it says after the time. */
function after(line: string): string {
  return line.replace(/^01:19:26\.104 /, '');
}

const RUN = { nodeName: null, nodeId: null };

describe('lines for people', () => {
  it('R23b say time, level, place, what happened, tenant and the end of the id', () => {
    expect(told('node_success', { latencyMs: 3.21 })).to.equal(
      '01:19:26.104 INFO  Orders.Price  done in 3.21 ms  acme a1b2c3d4',
    );
  });

  const says: readonly [string, FlowEventType, Partial<FlowEventInit>, string][] = [
    [
      'a start',
      'trace_start',
      { ...RUN, ts: 100, extra: { kind: 'call', deadline_s: 110 } },
      'INFO  Orders  started: call, 10.0 s left',
    ],
    ['a start without a deadline', 'trace_start', { ...RUN, extra: { kind: 'emit' } }, 'INFO  Orders  started: emit'],
    ['an attempt', 'node_start', { attempt: 1 }, 'INFO  Orders.Price  attempt 2 begins'],
    [
      'a failed attempt with the retry that follows',
      'node_error',
      {
        latencyMs: 0.412,
        extra: { exception: 'BankError: no answer yet', max_attempts: 4, will_retry: true, sleep_s: 0.5 },
      },
      'INFO  Orders.Price  attempt 1 of 4 failed in 412 µs: BankError: no answer yet; again in 500 ms',
    ],
    [
      'a timeout',
      'node_timeout',
      { latencyMs: 5000, attempt: 1, extra: { exception: 'x', max_attempts: 4, will_retry: true, sleep_s: 1 } },
      'INFO  Orders.Price  attempt 2 of 4 timed out after 5.00 s; again in 1.00 s',
    ],
    [
      'the only attempt',
      'node_error',
      { latencyMs: 1, extra: { exception: 'E: x' } },
      'INFO  Orders.Price  failed in 1.00 ms: E: x',
    ],
    [
      'a dependency that answered',
      'dependency_success',
      { latencyMs: 412, extra: { dependency: 'bank', tries: 1, outcome: 'success' } },
      'INFO  Orders.Price  bank answered in 412 ms',
    ],
    [
      'a dependency whose fallback answered',
      'dependency_success',
      { latencyMs: 412, extra: { dependency: 'bank', tries: 2, outcome: 'fallback', exception: 'BankError: no' } },
      'INFO  Orders.Price  bank answered by its fallback in 412 ms after 2 tries: BankError: no',
    ],
    [
      'a dependency that failed',
      'dependency_error',
      {
        latencyMs: 412,
        extra: { dependency: 'bank', tries: 2, outcome: 'error', exception: 'BankError: no answer yet' },
      },
      'INFO  Orders.Price  bank failed in 412 ms after 2 tries: BankError: no answer yet',
    ],
    [
      'a dependency that gave no answer in time',
      'dependency_error',
      { latencyMs: 4000, extra: { dependency: 'bank', tries: 2, outcome: 'timeout', exception: 'FlowError: x' } },
      'INFO  Orders.Price  bank timed out after 4.00 s, 2 tries',
    ],
    [
      'a dependency that nobody waited for any more',
      'dependency_error',
      { latencyMs: 40, extra: { dependency: 'bank', tries: 1, outcome: 'cancelled', exception: 'FlowError: x' } },
      'INFO  Orders.Price  bank given up after 40.0 ms: x',
    ],
    [
      'a dependency that refused at once',
      'dependency_rejected',
      {
        latencyMs: 0.2,
        extra: { dependency: 'bank', tries: 0, outcome: 'rejected', reason: 'breaker is open', exception: 'Error: x' },
      },
      'INFO  Orders.Price  bank refused at once: breaker is open',
    ],
    [
      'a dependency that refused later',
      'dependency_rejected',
      { latencyMs: 412, extra: { dependency: 'bank', tries: 0, outcome: 'rejected', reason: 'bulkhead is full' } },
      'INFO  Orders.Price  bank refused after 412 ms: bulkhead is full',
    ],
    [
      'a breaker',
      'dependency_state',
      { ...RUN, extra: { dependency: 'bank', state: 'half_open' } },
      'INFO  Orders  bank: breaker is half open',
    ],
    [
      'a breaker that is held open',
      'dependency_state',
      { ...RUN, extra: { dependency: 'bank', state: 'open', isolated: true } },
      'INFO  Orders  bank: breaker is held open',
    ],
    [
      'a failure',
      'node_failed',
      { attempt: 3, extra: { exception: 'BankError: no answer yet' } },
      'INFO  Orders.Price  failed after 4 attempts: BankError: no answer yet',
    ],
    [
      'the end of a failed run',
      'trace_end',
      {
        ...RUN,
        latencyMs: 10_900,
        extra: { status: 'failed', error_code: 'NODE_EXCEPTION', error_node: 'Charge', attempts: 5, retries: 3 },
      },
      'INFO  Orders  failed in 10.9 s: NODE_EXCEPTION in Charge, 5 attempts, 3 retries',
    ],
    [
      'the end of a cancelled run',
      'trace_end',
      { ...RUN, latencyMs: 1_200, extra: { status: 'cancelled', reason: 'cancel() was called', dropped: 3 } },
      'INFO  Orders  cancelled after 1.20 s: cancel() was called, 3 messages dropped',
    ],
    [
      'the end of a run that succeeded',
      'trace_end',
      { ...RUN, latencyMs: 12, extra: { status: 'succeeded', attempts: 2, retries: 0 } },
      'INFO  Orders  done in 12.0 ms',
    ],
    [
      'the end of a rejected run',
      'trace_end',
      { ...RUN, latencyMs: 1, extra: { status: 'rejected', exception: 'FlowError: sku is missing', error_code: 'X' } },
      'INFO  Orders  rejected in 1.00 ms: sku is missing',
    ],
    [
      'a run that began unseen',
      'trace_end',
      { ...RUN, latencyMs: null, extra: { status: 'stopped' } },
      'INFO  Orders  stopped',
    ],
    [
      'a deadline',
      'deadline_skip',
      { extra: { deadline_s: 1 } },
      'INFO  Orders.Price  skipped: its deadline has passed',
    ],
    [
      'a join',
      'join_incomplete',
      { extra: { missing: ['Stock'], arrived: 1 } },
      'INFO  Orders.Price  gave up 1 part: Stock missing',
    ],
    ['what hangs', 'node_stuck', { extra: { age_s: 60, interrupted: false } }, 'INFO  Orders.Price  hangs for 60.0 s'],
    ['what blocks', 'loop_blocked', { latencyMs: 120 }, 'INFO  Orders.Price  held the event loop for 120 ms'],
  ];
  for (const [what, type, change, line] of says) {
    it(`R23b say of ${what}: ${line.replace(/^INFO {2}\S+ {2}/, '')}`, () => {
      expect(after(told(type, change))).to.equal(`${line}  acme a1b2c3d4`);
    });
  }

  it('R23b a failure has the place where it was thrown below it', () => {
    const error = {
      type: 'BankError',
      message: 'no',
      stack: 'BankError: no\n    at Bank.charge (src/bank.ts:41:11)\n    at x',
    };
    expect(told('node_failed', { error, extra: { exception: 'BankError: no' } }, 'error')).to.equal(
      '01:19:26.104 ERROR Orders.Price  failed after 1 attempt: BankError: no  acme a1b2c3d4\n' +
        '               at Bank.charge (src/bank.ts:41:11)',
    );
  });

  it('R23b what somebody wrote has its fields, those of the flow are said once', () => {
    const line = humanLine(OPTIONS)(
      record('pricing', {
        sku: 'fish-1',
        note: 'tenant=x a1',
        trace_id: 'order-7',
        flow_name: 'Orders',
        node_name: 'Price',
        node_id: 'Orders.Price',
        tenant: 'acme',
        attempt: 0,
      }),
    );
    expect(after(line)).to.equal('INFO  Orders.Price  pricing  sku=fish-1 note="tenant=x a1"  acme order-7');
    expect(after(humanLine(OPTIONS)(record('hello', { a: 1 })))).to.equal('INFO  penguiflow.flow  hello  a=1');
  });

  it('R23b the tenant `default` is not said, a long id is cut at its beginning, and `ids: full` keeps all of it', () => {
    expect(told('node_success', { tenant: 'default', traceId: 'order-17' })).to.match(/ms {2}order-17$/);
    const long = `${'x'.repeat(30)}-the-end`;
    expect(told('node_success', { traceId: long })).to.match(/acme …x{15}-the-end$/);
    expect(told('node_success', { traceId: long }, 'info', { fullIds: true })).to.match(new RegExp(`acme ${long}$`));
    expect(told('node_success', {}, 'info', { fullIds: true })).to.match(/acme 0{24}a1b2c3d4$/);
  });

  it('R23b a reason is cut so that the line fits, tenant and id never', () => {
    const extra = { exception: `E: ${'very '.repeat(100)}` };
    for (const columns of [100, 120, 160]) {
      const line = told('node_error', { latencyMs: 1, extra }, 'warn', { columns });
      expect(line).to.have.length(columns);
      expect(line).to.match(/…  acme a1b2c3d4$/);
    }
    expect(told('node_error', { extra, tenant: 't'.repeat(100) }, 'warn', { columns: 80 })).to.match(
      /t{100} a1b2c3d4$/,
    );
  });

  it('R23b includeExtras: true adds the rest, false never hides node and id', () => {
    const all = told('node_success', {}, 'info', { includeExtras: true });
    expect(all).to.match(
      / Orders\.Price {2}done in 1\.25 ms {2}.*latency_ms=1\.25 .*queue_maxsize=64.* {2}acme a1b2c3d4$/,
    );
    expect(all).not.to.contain('node_name=');
    const none = humanLine({ ...OPTIONS, includeExtras: false });
    expect(after(none(record('x', { a: 1, flow_name: 'F', node_name: 'N', trace_id: 't' })))).to.equal(
      'INFO  F.N  x  t',
    );
  });

  it('R23b the event of a retry is told in the line of the attempt', () => {
    expect(isFolded(recordOf('node_retry', { extra: { sleep_s: 1 } }))).to.equal(true);
    expect(isFolded(recordOf('node_error', {}))).to.equal(false);
    // A line of the same words that somebody wrote is none.
    expect(isFolded(record('node_retry', { event: 'node_retry' }))).to.equal(false);
  });

  it('R23b escape what could break a line, and do not take a field for an event', () => {
    expect(after(humanLine(OPTIONS)(record('node_failed\n', { event: 'node_failed' })))).to.equal(
      'INFO  penguiflow.flow  node_failed\\n  event=node_failed',
    );
    const line = told('node_failed', { tenant: 'a\u001b[31m', extra: { exception: 'E: \n\u202e' } });
    for (const control of ['\u001b', '\n', '\u202e']) expect(line).to.not.contain(control);
  });

  it('R23b durations have three digits', () => {
    const shown = [
      0, 0.0004, 0.0412, 0.412, 0.9994, 1, 3.214, 99.94, 500, 999.4, 999.6, 5_000, 10_940, 99_940, 150_000,
    ].map(durationText);
    expect(shown).to.deep.equal([
      '0 µs',
      '0.40 µs',
      '41.2 µs',
      '412 µs',
      '999 µs',
      '1.00 ms',
      '3.21 ms',
      '99.9 ms',
      '500 ms',
      '999 ms',
      '1.00 s',
      '5.00 s',
      '10.9 s',
      '99.9 s',
      '2.50 min',
    ]);
  });
});
