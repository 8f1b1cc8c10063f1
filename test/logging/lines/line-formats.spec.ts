import { expect } from 'chai';
import { configureLogging } from '#src/logging/configure-logging.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import type { LoggingOptions } from '#src/logging/sinks/logging-config.js';
import { FieldList } from '#src/logging/lines/field-list.js';
import { flatLine } from '#src/logging/lines/line-flat.js';
import { humanLine } from '#src/logging/lines/human/line-human.js';
import { otelLine } from '#src/logging/lines/line-otel.js';
import { penguiflowLine } from '#src/logging/lines/line-penguiflow.js';
import type { LogRecord } from '#src/logging/lines/log-record.js';
import { useLineCatcher } from '../../support/use-logging.js';

const record: LogRecord = {
  timeMs: Date.UTC(2026, 0, 2, 3, 4, 5, 67),
  level: 'warn',
  logger: 'penguiflow.flow',
  message: 'node_timeout',
  fields: FieldList.from({ trace_id: 'ab'.repeat(16), latency_ms: 1.5, ok: false, none: null, tags: ['a', 1] }),
};
const human = humanLine({ includeExtras: true, colours: false, fullIds: true, columns: 120 });

describe('line formats', () => {
  const caught = useLineCatcher();

  function log(options: LoggingOptions, ...call: [message: unknown, ...rest: unknown[]]): string {
    configureLogging({ destination: caught, ...options });
    (getLogger('app').info as (...args: unknown[]) => void)(...call);
    expect(caught.lines).to.have.length(1);
    return caught.lines[0]!;
  }

  it('R23 flat is one object: timestamp, level, logger, message, then the fields', () => {
    expect(flatLine(record)).to.equal(
      '{"timestamp":"2026-01-02T03:04:05.067Z","level":"warn","logger":"penguiflow.flow","message":"node_timeout",' +
        '"trace_id":"abababababababababababababababab","latency_ms":1.5,"ok":false,"none":null,"tags":["a",1]}',
    );
  });

  it("R23 penguiflow is the original's line: upper-case level, Python's timestamp, fields under extra", () => {
    expect(JSON.parse(penguiflowLine(record))).to.deep.equal({
      level: 'WARNING',
      logger: 'penguiflow.flow',
      message: 'node_timeout',
      timestamp: '2026-01-02T03:04:05.067000+00:00',
      extra: { trace_id: 'ab'.repeat(16), latency_ms: 1.5, ok: false, none: null, tags: ['a', 1] },
    });
  });

  it("R23 penguiflow leaves out an empty extra, and a zero fraction as Python's isoformat does", () => {
    expect(penguiflowLine({ ...record, timeMs: Date.UTC(2026, 0, 2), fields: new FieldList() })).to.equal(
      '{"level":"WARNING","logger":"penguiflow.flow","message":"node_timeout","timestamp":"2026-01-02T00:00:00+00:00"}',
    );
  });

  it('R23 otel follows the OpenTelemetry log data model', () => {
    expect(JSON.parse(otelLine(record))).to.deep.equal({
      Timestamp: '1767323045067000000',
      SeverityText: 'WARN',
      SeverityNumber: 13,
      Body: 'node_timeout',
      TraceId: 'ab'.repeat(16),
      InstrumentationScope: { Name: 'penguiflow.flow' },
      Attributes: { trace_id: 'ab'.repeat(16), latency_ms: 1.5, ok: false, none: null, tags: ['a', 1] },
    });
  });

  it('R23 otel has the ids of the span where the flow is traced, and keeps the flow trace id beside them', () => {
    const ids = { trace_id: 'ab'.repeat(16), otel_trace_id: 'cd'.repeat(16), otel_span_id: 'ef'.repeat(8) };
    const line = JSON.parse(otelLine({ ...record, fields: FieldList.from(ids) })) as Record<string, unknown>;
    expect(line).to.include({ TraceId: 'cd'.repeat(16), SpanId: 'ef'.repeat(8) });
    expect(line['Attributes']).to.deep.equal(ids);
  });

  it('R14b R23 for people, the place of an error is where it was thrown, and of a failure where its cause was', () => {
    const thrown = {
      type: 'TypeError',
      message: 'no order',
      stack: 'TypeError: no order\n    at Price.process (price.ts:7:3)',
    };
    const failure = { type: 'FlowError', message: 'raised', stack: 'FlowError [X]: raised\n    at main (main.ts:1:1)' };
    const rethrown = { type: 'Error', message: 'again', stack: 'Error: again\n    at Ship.process (ship.ts:9:9)' };
    const place = (error: object): string | undefined =>
      /error_at=("[^"]*")/.exec(human({ ...record, fields: FieldList.from({ error }) }))?.[1];
    expect(place(thrown)).to.equal('"Price.process (price.ts:7:3)"');
    expect(place({ ...failure, cause: thrown })).to.equal('"Price.process (price.ts:7:3)"');
    expect(place({ ...failure, cause: { ...failure, cause: thrown } })).to.equal('"Price.process (price.ts:7:3)"');
    expect(place(failure)).to.equal('"main (main.ts:1:1)"');
    expect(place({ ...rethrown, cause: thrown })).to.equal('"Ship.process (ship.ts:9:9)"');
    expect(place({ type: 'FlowError', message: 'm', stack: 'FlowError [X]: m' })).to.equal(undefined);
  });

  it('R23 otel leaves out a trace id that is not of the W3C form, and names errors as the conventions do', () => {
    const error = {
      type: 'TypeError',
      message: 'no',
      stack: 'TypeError: no\n  at x',
      cause: { type: 'Error', message: 'deep' },
    };
    const line = JSON.parse(otelLine({ ...record, fields: FieldList.from({ trace_id: 'order-7', error }) })) as Record<
      string,
      Record<string, unknown>
    >;
    expect(line).not.to.have.property('TraceId');
    expect(line['Attributes']).to.include({
      trace_id: 'order-7',
      'exception.type': 'TypeError',
      'exception.message': 'no',
    });
    expect(line['Attributes']!['exception.stacktrace']).to.equal('TypeError: no\n  at x\nCaused by: Error: deep');
  });

  it('R23 lines for people append key=value extras', () => {
    expect(human(record)).to.match(
      /^\d\d:\d\d:05\.067 WARN {2}penguiflow\.flow {2}node_timeout {2}latency_ms=1\.5 ok=false tags=\["a",1\] {2}(ab){16}$/,
    );
  });

  it('R23 lines for people cut strings over 100 characters', () => {
    const at = (length: number): string => human({ ...record, fields: FieldList.from({ text: 'x'.repeat(length) }) });
    expect(at(100)).to.match(/text=x{100}$/);
    expect(at(101)).to.match(/text=x{100}\.\.\.$/);
  });

  it('R23 lines for people leave the fields out with includeExtras: false', () => {
    expect(log({ includeExtras: false }, 'paid', { sku: 1 })).to.match(/INFO {2}penguiflow.app {2}paid$/);
  });

  it('R23 lines for people are coloured on a terminal and plain with NO_COLOR', async () => {
    Object.assign(caught, { isTTY: true });
    const noColour = process.env['NO_COLOR'];
    delete process.env['NO_COLOR'];
    try {
      expect(log({}, 'hi')).to.contain('\u001b[32mINFO');
      process.env['NO_COLOR'] = '1';
      configureLogging({ destination: caught });
      getLogger().info('hi');
      expect(caught.lines[1]).not.to.contain('\u001b');
    } finally {
      Object.assign(caught, { isTTY: false });
      if (noColour === undefined) delete process.env['NO_COLOR'];
      else process.env['NO_COLOR'] = noColour;
    }
  });

  it('R23 plain lines are the default and format turns them into JSON', () => {
    expect(log({}, 'hi')).to.match(/^\d\d:/);
    configureLogging({ destination: caught, format: 'otel' });
    getLogger().info('hi');
    expect(JSON.parse(caught.lines[1]!)).to.have.property('Body', 'hi');
  });

  it('R27 a line stays one line whatever it is given, in every format', () => {
    const nasty = 'a\r\nb\u0085c\u2028d\u2029e\u001b[31mf\u0000\tg\u009b2J';
    const one = {
      ...record,
      message: nasty,
      logger: nasty,
      fields: FieldList.from({ [nasty]: nasty, deep: { [nasty]: [nasty] } }),
    };
    for (const format of [flatLine, penguiflowLine, otelLine, human]) {
      // oxlint-disable-next-line eslint/no-control-regex -- control characters are what must not be there
      expect(format(one)).not.to.match(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    }
    expect(JSON.parse(flatLine(one))).to.include({ message: nasty, [nasty]: nasty });
  });

  for (const char of ['\n', '\r', '\u000b', '\u000c', '\u0085', '\u009b', '\u2028', '\u2029', '\u001b', '\u007f']) {
    it(`R27 escapes U+${char.charCodeAt(0).toString(16).padStart(4, '0')} where it is the only one`, () => {
      for (const format of [flatLine, penguiflowLine, otelLine, human]) {
        expect(format({ ...record, message: `a${char}b` })).not.to.contain(char);
        expect(format({ ...record, fields: FieldList.from({ key: `a${char}b`, list: [`c${char}`] }) })).not.to.contain(
          char,
        );
      }
    });
  }

  it('R23 keeps call-site fields that are named like parts of the line', () => {
    const line = JSON.parse(
      log({ structured: true }, 'paid', { message: 'theirs', level: 'high', timestamp: 't', logger: 'l' }),
    ) as object;
    expect(line).to.include({
      message: 'paid',
      level: 'info',
      message_: 'theirs',
      level_: 'high',
      timestamp_: 't',
      logger_: 'l',
    });
  });

  it('R23 keeps message, stack and causes of an error, wherever it stands in the call', () => {
    const error = new RangeError('outer', { cause: new TypeError('inner') });
    for (const call of [['failed', error], ['failed', { error }], [error]] as [unknown, ...unknown[]][]) {
      caught.clear();
      const line = JSON.parse(log({ structured: true }, ...call)) as {
        message: string;
        error: Record<string, unknown>;
      };
      expect(line.message).to.equal(call[0] === error ? 'outer' : 'failed');
      expect(line.error).to.include({ type: 'RangeError', message: 'outer', stack: error.stack });
      expect(line.error['cause']).to.include({ type: 'TypeError', message: 'inner' });
    }
  });

  it('R23 fills in printf tokens and keeps what is left over', () => {
    expect(JSON.parse(log({ structured: true }, '%s paid %d, 100%', 'bob', 5, { sku: 1 }, 'more'))).to.include({
      message: 'bob paid 5, 100%',
      sku: 1,
    });
    expect(caught.last['args']).to.deep.equal(['more']);
  });

  it('R23 keeps fields of child loggers', () => {
    configureLogging({ structured: true, destination: caught });
    getLogger('app').child({ request: 7 }).info('hi', { a: 1 });
    expect(caught.last).to.include({ logger: 'penguiflow.app', request: 7, a: 1 });
  });

  it('R23 logs an object as fields and does not change it', () => {
    const call = Object.freeze({ a: 1 });
    configureLogging({ structured: true, destination: caught });
    getLogger().info(call);
    expect(caught.last).to.include({ message: '', a: 1 });
  });
});
