import { expect } from 'chai';
import { CLOCK, createFlow, dependency, Flow, getLogger, type NodeContext } from '#src/index.js';
import { ManualClock } from '#src/testing/index.js';
import { line, node } from '../../support/nodes.js';
import { settle } from '../../support/settling.js';
import { useLogging } from '../../support/use-logging.js';

const BANK = dependency('bank of abort-listeners');

describe('listeners of the signal of an attempt', () => {
  const logging = useLogging();
  let made = 0;

  /** The lines that a node writes when its signal aborts, by whatever ends the attempt. */
  async function linesOf(
    end: (
      flow: { cancel(traceId: string, options: { readonly tenant: string }): boolean },
      clock: ManualClock,
    ) => unknown,
    timeoutS?: number,
  ) {
    const clock = new ManualClock();
    const work = node(
      'Work',
      async (_, ctx: NodeContext) => {
        ctx.signal.addEventListener('abort', () => getLogger().info('listener'));
        await ctx.through(BANK, (signal) => {
          signal.addEventListener('abort', () => getLogger().info('dependency'));
          return new Promise(() => {});
        });
      },
      { timeoutS: 5 },
    );
    class Aborts {
      readonly graph = line(work);
    }
    Flow({ name: `aborts-${++made}` })(Aborts);
    const flow = createFlow(Aborts, { providers: [{ token: CLOCK, useValue: clock }] });
    await flow.run();
    const call = flow
      .call(1, { traceId: 't', tenant: 'acme', ...(timeoutS === undefined ? {} : { timeoutS }) })
      .catch(() => {});
    await settle();
    await end(flow, clock);
    const stop = flow.stop({ graceS: 1 });
    await clock.advance(2_000);
    await Promise.all([stop, call]);
    return logging.json.filter(({ message }) => message === 'listener' || message === 'dependency');
  }

  const ends = {
    'its time-out': [(_, clock) => clock.advance(5_100), undefined],
    'the deadline of its run': [(_, clock) => clock.advance(2_100), 2],
    'a cancel from elsewhere': [(flow) => flow.cancel('t', { tenant: 'acme' }), undefined],
    'the stop of its flow': [() => {}, undefined],
  } satisfies Record<string, readonly [Parameters<typeof linesOf>[0], number | undefined]>;

  for (const [what, [end, timeoutS]] of Object.entries(ends)) {
    it(`R26 have its ids, when it ends by ${what}`, async () => {
      const lines = await linesOf(end, timeoutS);
      expect(lines).to.have.length(2);
      for (const each of lines)
        expect(each).to.include({ trace_id: 't', tenant: 'acme', node_name: 'Work', attempt: 0 });
    });
  }
});
