import { expect } from 'chai';
import { Writable } from 'node:stream';
import { EVENT_LOGGER, FLOW_LOGGER_OPTIONS, FlowLogger, LOGGER } from '#src/index.js';
import { configureLogging } from '#src/logging/configure-logging.js';
import { shutdownLogging } from '#src/logging/shutdown-logging.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import type { AnyProvider } from '#src/ports/provider.js';
import { line, node } from '../support/nodes.js';
import { thrownBy } from '../support/thrown-by.js';
import { useLineCatcher } from '../support/use-logging.js';
import { useRealFlows } from './support/real-flows.js';
import { Kept } from './support/kept-lines.js';

const work = node('Work', (payload: unknown, ctx) => {
  ctx.logger.info('from ctx.logger');
  getLogger('library').info('from a library');
  return payload;
});

const ONE_EVENT: AnyProvider = {
  token: FLOW_LOGGER_OPTIONS,
  useValue: { levels: { trace_start: 'off', trace_end: 'off' } },
};

describe('fields that stand on every line', () => {
  const flows = useRealFlows();
  const caught = useLineCatcher();

  /** A line of `ctx.logger`, one of a named logger, an event, one of a child. */
  async function write(providers: readonly AnyProvider[] = []): Promise<void> {
    const flow = await flows.run(line(work), {
      declared: { middlewares: [FlowLogger] },
      made: { providers: [...providers, ONE_EVENT] },
    });
    await flow.call(1, { traceId: 't-1' });
    getLogger('billing').child({ request: 1 }).info('from a child');
    await flow.stop();
  }

  async function writeAll(providers?: readonly AnyProvider[]): Promise<Record<string, unknown>[]> {
    await write(providers);
    return caught.json;
  }

  it('R23 fields of configureLogging are on every line, in every structured format', async () => {
    const fields = { service: 'orders', env: 'test', version: '1.2.3' };
    for (const format of ['flat', 'penguiflow', 'otel'] as const) {
      caught.clear();
      configureLogging({ format, destination: caught, fields });
      const lines = await writeAll();
      expect(lines).to.have.lengthOf(4);
      for (const each of lines) expect(each['extra'] ?? each['Attributes'] ?? each).to.include(fields);
    }
  });

  it('R23b people read them where they ask for all fields, and else what a line says of itself', async () => {
    const fields = { service: 'orders', env: 'test' };
    const kept = new Kept();
    const pairs = { all: true, none: false, own: undefined };
    const said: Record<string, string[]> = {};
    for (const [which, includeExtras] of Object.entries(pairs)) {
      caught.clear();
      configureLogging({ destination: caught, transports: [kept], fields, includeExtras });
      await write();
      getLogger('billing').info('own', { service: 'mine', sku: 1 });
      said[which] = caught.lines.map((text) => text.replace(/^.*?penguiflow\.billing {2}/, ''));
    }
    expect(said['all']!.slice(0, 3).every((text) => text.includes('service=orders env=test'))).to.equal(true);
    expect(said['all']!.slice(3)).to.deep.equal([
      'from a child  request=1 service=orders env=test',
      'own  service=mine sku=1 env=test',
    ]);
    expect(said['none']!.slice(3)).to.deep.equal(['from a child', 'own']);
    expect(said['own']!.join('')).not.to.contain('env=test');
    expect(said['own']!.slice(3)).to.deep.equal(['from a child  request=1', 'own  service=mine sku=1']);
    expect(kept.lines.every(({ env }) => env === 'test')).to.equal(true);
  });

  it('R23 R28 they are on the lines of the flight recorder, as is defaultMeta', async () => {
    configureLogging({ structured: true, destination: caught, fields: { service: 'orders' } });
    const logger = getLogger('recorded');
    logger.defaultMeta = { team: 'blue' };
    const recorder: AnyProvider = {
      token: FLOW_LOGGER_OPTIONS,
      useValue: { sample: { trace_start: 0, node_success: 0, trace_end: 0 }, recordTraces: 10 },
    };
    const failing = node('Failing', () => {
      throw new Error('no');
    });
    const flow = await flows.run(
      line(
        node('Fine', (payload: unknown) => payload),
        failing,
      ),
      {
        declared: { middlewares: [FlowLogger] },
        made: { providers: [recorder, { token: EVENT_LOGGER, useValue: logger }] },
      },
    );
    await flow.call(1).catch(() => {});
    await flow.stop();
    const recorded = caught.json.filter((each) => each['recorded'] === true);
    expect(recorded.map(({ message }) => message)).to.include.members(['trace_start', 'node_success']);
    for (const each of recorded) expect(each).to.include({ service: 'orders', team: 'blue' });
  });

  it('R23 R29 they are on the line that tells of dropped ones', () => {
    const lines: string[] = [];
    let go: (() => void) | undefined;
    const slow = new Writable({
      highWaterMark: 1,
      decodeStrings: false,
      write(chunk: string, _encoding, callback) {
        lines.push(chunk);
        if (go === undefined) go = callback;
        else callback();
      },
    });
    configureLogging({ structured: true, destination: slow, fields: { service: 'orders' }, bufferChars: 300 });
    for (let n = 0; n < 10; n++) getLogger().info('line');
    go!();
    return shutdownLogging().then(() => {
      const told = lines.join('').trim().split('\n').at(-1)!;
      expect(JSON.parse(told)).to.include({ message: 'log lines were dropped', service: 'orders' });
    });
  });

  it('R23 they are on what an extra transport gets', () => {
    const kept = new Kept();
    configureLogging({ destination: 'none', transports: [kept], fields: { service: 'orders' } });
    getLogger().info('one');
    expect(kept.lines[0]).to.include({ service: 'orders', message: 'one' });
  });

  it('R23 R26 whatever else has the name wins: a field of the call, of a child, an id', async () => {
    const fields = { service: 'orders', trace_id: 'fixed', request: 'fixed', level: 'x' };
    configureLogging({ structured: true, destination: caught, fields });
    const lines = await writeAll();
    expect(lines.map((each) => each['trace_id'])).to.deep.equal(['t-1', 't-1', 't-1', 'fixed']);
    expect(lines[3]).to.include({ request: 1, level: 'info', level_: 'x' });
    getLogger().info('own', { service: 'mine' });
    expect(caught.last).to.include({ service: 'mine' });
  });

  it('R23 R27 they are read once, when logging is configured, and redacted', () => {
    const fields = { service: 'orders', apiKey: 'k-1' };
    configureLogging({ structured: true, destination: caught, fields });
    fields.service = 'changed';
    getLogger().info('one');
    expect(caught.last).to.include({ service: 'orders', apiKey: '[Redacted]' });
    configureLogging({ structured: true, destination: caught });
    getLogger().info('two');
    expect(caught.last).not.to.have.property('service');
  });

  it('R23 refuses fields that are none', () => {
    for (const fields of ['orders', ['orders'], 7, new Map()]) {
      const error = thrownBy(() => configureLogging({ fields: fields as never }));
      expect(error.message).to.match(/^Expected `fields` of configureLogging\(\) to be an object of fields, got /);
    }
  });

  it('R26 defaultMeta of getLogger() is on every line, and that of a named logger on its own', async () => {
    configureLogging({ structured: true, destination: caught });
    getLogger().defaultMeta = { service: 'orders', trace_id: 'default' };
    try {
      const lines = await writeAll();
      expect(lines.map((each) => each['service'])).to.deep.equal(['orders', 'orders', 'orders', 'orders']);
      expect(lines.map((each) => each['trace_id'])).to.deep.equal(['t-1', 't-1', 't-1', 'default']);
      const named = getLogger('named');
      named.defaultMeta = { service: 'named' };
      named.info('one');
      expect(caught.last).to.include({ service: 'named' });
      caught.clear();
      await writeAll([{ token: LOGGER, useValue: named }]);
      expect(caught.json.slice(0, 3).map((each) => each['service'])).to.deep.equal(['named', 'orders', 'named']);
    } finally {
      getLogger().defaultMeta = undefined;
    }
  });

  it('R26 a child of getLogger() bound to LOGGER puts its fields on every line of the flow', async () => {
    configureLogging({ structured: true, destination: caught });
    await writeAll([{ token: LOGGER, useValue: getLogger('shop').child({ request: 'r-1', trace_id: 'child' }) }]);
    const [own, , event] = caught.json;
    for (const each of [own, event])
      expect(each).to.include({ request: 'r-1', trace_id: 't-1', logger: 'penguiflow.shop' });
  });
});
