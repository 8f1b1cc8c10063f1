import { expect } from 'chai';
import { createFlow, Flow, getLogger, Node, start, withLogFields, type NodeContext } from '#src/index.js';
import { useLogging } from '../../support/use-logging.js';

@Node()
class Speak {
  process = (text: string): string => {
    getLogger().info('inside');
    return text;
  };
}

@Flow()
class Speaking {
  readonly graph = start(Speak);
}

describe('withLogFields', () => {
  const caught = useLogging();

  it('lines inside carry the fields, also after an await; lines outside do not', async () => {
    const log = getLogger();
    await withLogFields({ trace_id: 't-1' }, async () => {
      await Promise.resolve();
      log.info('in', { trace_id: 'other' });
    });
    log.info('out');
    expect(caught.json.map(({ trace_id }) => trace_id)).to.deep.equal(['t-1', undefined]);
  });

  it('nested calls add up, the inner one wins, and undefined takes all away', () => {
    const log = getLogger();
    withLogFields({ a: 1, b: 1 }, () => {
      withLogFields({ b: 2 }, () => log.info('both'));
      withLogFields(undefined, () => log.info('none'));
    });
    expect(caught.json[0]).to.include({ a: 1, b: 2 });
    expect(caught.json[1]).to.not.have.any.keys('a', 'b');
  });

  it('R26 inside a node they are added, and take nothing from the attempt', async () => {
    @Node()
    class Lie {
      process(text: string, ctx: NodeContext): string {
        withLogFields({ trace_id: 'other', tenant: 'evil', node_name: 'Lie 2', step: 1 }, () => {
          getLogger('lib').info('lib');
          ctx.logger.info('ctx');
          withLogFields(undefined, () => getLogger('lib').info('none'));
        });
        return text;
      }
    }
    @Flow()
    class Lying {
      readonly graph = start(Lie);
    }
    await using flow = createFlow(Lying);
    await flow.run();
    await flow.call('hi', { traceId: 'mine', tenant: 'acme' });
    const ids = { trace_id: 'mine', tenant: 'acme', node_name: 'Lie' };
    for (const line of caught.json) expect(line).to.include(ids);
    expect(caught.json.map(({ message }) => message)).to.deep.equal(['lib', 'ctx', 'none']);
    expect(caught.json[0]).to.include({ step: 1 });
    expect(caught.json[2]).to.not.have.property('step');
  });

  it('R26 inside a node the fields of the attempt stand alone', async () => {
    await using flow = createFlow(Speaking);
    await flow.run();
    await withLogFields({ trace_id: 'request', user: 'u' }, () => flow.call('hi', { traceId: 'flow' }));
    expect(caught.last).to.include({ message: 'inside', trace_id: 'flow', node_name: 'Speak' });
    expect(caught.last).to.not.have.property('user');
  });
});
