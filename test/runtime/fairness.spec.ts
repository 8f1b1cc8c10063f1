import { expect } from 'chai';
import { CLOCK, SystemClock, type NodeClass } from '#src/index.js';
import { useFlows, type BenchOptions, type TestFlow } from '../support/flows.js';
import { line, node, pass, rows } from '../support/nodes.js';

/** Messages after which a test gives up; far more than a machine handles in the time of a few timers. */
const PLENTY = 5_000_000;

/** How often a timer must fire for the producer to be let off. */
const ENOUGH = 3;

describe('fairness', () => {
  const bench = useFlows();
  const real: BenchOptions = { providers: [{ token: CLOCK, useValue: new SystemClock() }] };

  /** Runs until a 5 ms timer has fired a few times, or the budget of messages is used up; gives how often it fired. */
  async function timerFirings(produce: (goOn: () => boolean) => Promise<void>): Promise<number> {
    let fired = 0;
    const timer = setInterval(() => fired++, 5);
    let used = 0;
    try {
      await produce(() => fired < ENOUGH && used++ < PLENTY);
    } finally {
      clearInterval(timer);
    }
    return fired;
  }

  /** A node that counts and says whether to go on. */
  function counting(name: string): { readonly node: NodeClass<unknown>; count: number } {
    const counter = { count: 0, node: node(name, () => void counter.count++) };
    return counter;
  }

  for (const queueMaxsize of [64, 1, 0]) {
    it(`R30 timers fire while a producer never pauses, with floes of ${queueMaxsize || 'any size'}`, async () => {
      const end = counting('C');
      const flow = await bench.run(line(pass('A'), pass('B'), end.node), { ...real, queueMaxsize });
      let sent = 0;
      const fired = await timerFirings(async (goOn) => {
        while (goOn()) await flow.emit(sent++);
      });
      expect(fired).to.be.at.least(ENOUGH);
      await flow.stop({ drainS: 60 });
      expect(end.count).to.equal(sent);
    });
  }

  it('R30 timers fire while a producer of asynchronous nodes never pauses', async () => {
    const flow = await bench.run(
      line(
        node('A', async (n: unknown) => n),
        node('B', async () => undefined),
      ),
      real,
    );
    const fired = await timerFirings(async (goOn) => {
      while (goOn()) await flow.emit(1);
    });
    expect(fired).to.be.at.least(ENOUGH);
  });

  it('R30 timers fire while calls follow each other without a pause', async () => {
    const flow = await bench.run(line(pass('A'), pass('B')), real);
    const fired = await timerFirings(async (goOn) => {
      while (goOn()) await flow.call(1);
    });
    expect(fired).to.be.at.least(ENOUGH);
  });

  it('R30 timers fire while results are read as fast as they come', async () => {
    const flow = await bench.run(line(pass('A')), real);
    const fired = await timerFirings(async (goOn) => {
      const results = flow.results();
      while (goOn()) {
        await flow.emit(1);
        await results.next();
      }
      await results.return?.();
    });
    expect(fired).to.be.at.least(ENOUGH);
  });

  const producers: ReadonlyArray<readonly [what: string, (goOn: () => boolean) => NodeClass]> = [
    [
      'a node that emits in a loop',
      (goOn) =>
        node('Source', async (_: unknown, ctx) => {
          while (goOn()) await ctx.emit(1);
        }),
    ],
    [
      'an async generator',
      (goOn) =>
        node('Source', async function* () {
          while (goOn()) yield 1;
        }),
    ],
    [
      'an async generator that yields nothing',
      (goOn) =>
        node('Source', async function* () {
          while (goOn()) yield undefined;
        }),
    ],
  ];
  for (const [what, source] of producers) {
    for (const queueMaxsize of [64, 0]) {
      it(`R30 timers fire during ${what}, with floes of ${queueMaxsize || 'any size'}`, async () => {
        const end = counting('End');
        const fired = await timerFirings(async (goOn) => {
          const flow = await bench.run(line(source(goOn), pass('Middle'), end.node), { ...real, queueMaxsize });
          await flow.call(1).catch(() => {});
          await flow.stop({ drainS: 60 });
        });
        expect(fired).to.be.at.least(ENOUGH);
      });
    }
  }

  it('R30 timers fire while a message goes round a loop of synchronous nodes', async () => {
    class Again {}
    const fired = await timerFirings(async (goOn) => {
      const loop = node('Loop', (again: Again) => (goOn() ? again : 'done'));
      const flow = await bench.run(rows([[loop, [{ to: loop, on: Again, back: true }]]], [loop]), real);
      expect(await flow.call(new Again())).to.equal('done');
    });
    expect(fired).to.be.at.least(ENOUGH);
  });

  it('R30 timers fire while a node is retried without a wait', async () => {
    const fired = await timerFirings(async (goOn) => {
      const failing = node(
        'A',
        () => {
          if (goOn()) throw new TypeError('no');
          return 'done';
        },
        { maxRetries: PLENTY, backoffBaseS: 0 },
      );
      const flow = await bench.run(line(failing), real);
      expect(await flow.call(1)).to.equal('done');
    });
    expect(fired).to.be.at.least(ENOUGH);
  });

  it('R30 node timeouts fire under a producer that never pauses', async () => {
    const slow = node('Slow', () => new Promise<never>(() => {}), { timeoutS: 0.005 });
    const busy = node('Busy', () => undefined);
    const flow = await bench.run(
      rows([
        [slow, []],
        [busy, []],
      ]),
      real,
    );
    const codes: string[] = [];
    void flow.call(1, { to: slow }).catch((error: unknown) => codes.push((error as { code: string }).code));
    for (let sent = 0; codes.length === 0 && sent < PLENTY; sent++) await flow.emit(1, { to: busy });
    expect(codes).to.deep.equal(['NODE_TIMEOUT']);
  });

  it('R30 two flows share the time of the loop', async () => {
    const [one, two] = [
      await bench.run(line(counting('A').node), real),
      await bench.run(line(counting('B').node), real),
    ];
    const fired = await timerFirings(async (goOn) => {
      const feed = async (flow: TestFlow): Promise<void> => {
        while (goOn()) await flow.emit(1);
      };
      await Promise.all([feed(one), feed(two)]);
    });
    expect(fired).to.be.at.least(ENOUGH);
  });
});
