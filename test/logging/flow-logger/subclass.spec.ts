import { expect } from 'chai';
import { FLOW_LOGGER_OPTIONS, FlowLogger, LOGGER, type FlowEvent } from '#src/index.js';
import type { AnyProvider } from '#src/ports/provider.js';
import { line, pass } from '../../support/nodes.js';
import { plainWinston } from '../../support/line-catcher.js';
import { useRealFlows } from '../support/real-flows.js';

/** Nothing of a tenant that is too noisy. */
class QuietLogger extends FlowLogger {
  override on(event: FlowEvent): void {
    if (event.tenant !== 'noisy') super.on(event);
  }
}

describe('a subclass of FlowLogger', () => {
  const flows = useRealFlows();

  async function messages(quiet: AnyProvider): Promise<unknown[]> {
    const { logger, caught } = plainWinston();
    const flow = await flows.run(line(pass('A')), {
      declared: { middlewares: [FlowLogger] },
      made: {
        providers: [
          { token: LOGGER, useValue: logger },
          { token: FLOW_LOGGER_OPTIONS, useValue: { levels: { node_start: 'off' } } },
          quiet,
        ],
      },
    });
    await flow.call(1, { tenant: 'noisy' });
    await flow.call(2, { tenant: 'acme' });
    await flow.stop();
    return caught.json.map((each) => [each['message'], each['tenant']]);
  }

  it('R24 takes its place by a provider, with the logger and the options of the flow', async () => {
    expect(await messages({ token: FlowLogger, useClass: QuietLogger })).to.deep.equal([['node_success', 'acme']]);
  });

  it('R24 and by a factory', async () => {
    const useFactory: AnyProvider = {
      token: FlowLogger,
      useFactory: (services) => new QuietLogger(services.resolve(LOGGER), { levels: { node_start: 'off' } }),
    };
    expect(await messages(useFactory)).to.deep.equal([['node_success', 'acme']]);
  });
});
