import { expect } from 'chai';
import { FlowLogger, LOGGER } from '#src/index.js';
import { configureLogging } from '#src/logging/configure-logging.js';
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

describe('fields that stand on every line', () => {
  const flows = useRealFlows();
  const caught = useLineCatcher();

  /** An event, a line of `ctx.logger`, one of a named logger, one of its child. */
  async function writeAll(providers: readonly AnyProvider[] = []): Promise<Record<string, unknown>[]> {
    const flow = await flows.run(line(work), { declared: { middlewares: [FlowLogger] }, made: { providers } });
    await flow.call(1, { traceId: 't-1' });
    getLogger('billing').child({ request: 1 }).info('from a child');
    await flow.stop();
    return caught.json;
  }

  it('R23 fields of configureLogging are on every line, in every format', async () => {
    const fields = { service: 'orders', env: 'test', version: '1.2.3' };
    for (const format of ['flat', 'penguiflow', 'otel'] as const) {
      caught.clear();
      configureLogging({ format, destination: caught, fields });
      const lines = await writeAll();
      expect(lines).to.have.lengthOf(4);
      for (const each of lines) expect(each['extra'] ?? each['Attributes'] ?? each).to.include(fields);
    }
    caught.clear();
    configureLogging({ destination: caught, fields });
    getLogger().info('for people');
    expect(caught.text).to.contain('service=orders env=test version=1.2.3');
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
