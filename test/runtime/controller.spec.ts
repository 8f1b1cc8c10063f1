import { expect } from 'chai';
import * as fc from 'fast-check';
import { FinalAnswer, Message, Node, start, WorkingMemory, type NodeClass, type NodeContext } from '#src/index.js';
import { FlowBench, record, shortForm, useFlows, type TestFlow } from '../support/flows.js';
import { node, rows } from '../support/nodes.js';
import { codeOf, settle } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

type Turn = (memory: WorkingMemory, ctx: NodeContext) => unknown;

describe('controller loops', () => {
  const bench = useFlows();

  /** A flow of one controller, with nodes after it if there are any. */
  function controlled(turn: Turn, after: readonly NodeClass[] = [], on: FlowBench = bench): Promise<TestFlow> {
    const controller = node('ctl', turn);
    const loop = { to: controller, on: WorkingMemory, back: true };
    return on.run(rows([[controller, [loop, ...after.map((to) => ({ to, otherwise: true as const }))]]]));
  }

  it('R19 calls the node once per hop until it returns its final answer, which is delivered once', async () => {
    const flow = await controlled((memory) => (memory.hops === 3 ? new FinalAnswer(`done@${memory.hops}`) : memory));
    const events = record(flow);
    await flow.emit(new WorkingMemory('q'), { traceId: 't', tenant: 'acme', meta: { k: 1 } });
    await settle();
    const message = await flow.fetchMessage();
    expect(message.payload).to.deep.equal(new FinalAnswer('done@3'));
    expect([message.headers.tenant, message.meta]).to.deep.equal(['acme', { k: 1 }]);
    expect(shortForm(events).filter((each) => each === 'ctl:node_start')).to.have.length(4);
    expect(shortForm(events).filter((each) => each === 'ctl:node_success')).to.have.length(4);
    expect(flow.snapshot()).to.deep.include({ results: 0, traces: 0 });
  });

  it('R19 counts the hops that the node does not count itself', async () => {
    const seen: number[] = [];
    const flow = await controlled((memory) => {
      seen.push(memory.hops);
      if (memory.hops > 10) return new FinalAnswer('end');
      return memory.hops === 1 ? memory.with({ hops: 5 }) : memory;
    });
    await flow.call(new WorkingMemory('q', { budgetHops: null }));
    expect(seen).to.deep.equal([0, 1, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('R19 takes working memory as a payload or in a message of its own', async () => {
    const flow = await controlled((memory, ctx) =>
      memory.hops === 2
        ? new FinalAnswer(String(ctx.meta['by']))
        : ctx.message.with({ payload: memory, meta: { by: 'ctl' } }),
    );
    expect(await flow.call(new WorkingMemory('q'))).to.deep.equal(new FinalAnswer('ctl'));
  });

  it('R19 ends with the text of the budget that is used up, tokens before hops', async () => {
    const spend =
      (tokens: number): Turn =>
      (memory) =>
        memory.with({ tokensUsed: memory.tokensUsed + tokens });
    const answer = async (tokens: number, memory: WorkingMemory): Promise<unknown> =>
      ((await (await controlled(spend(tokens))).call(memory)) as FinalAnswer).text;
    expect(await answer(0, new WorkingMemory('q', { budgetHops: 3 }))).to.equal('Hop budget exhausted');
    expect(await answer(0, new WorkingMemory('q'))).to.equal('Hop budget exhausted');
    expect(await answer(40, new WorkingMemory('q', { budgetTokens: 100 }))).to.equal('Token budget exhausted');
    const both = new WorkingMemory('q', { budgetTokens: 100, budgetHops: 1 });
    expect(await answer(100, both)).to.equal('Token budget exhausted');
    expect(await answer(99, both)).to.equal('Hop budget exhausted');
  });

  it('R13 ends with the deadline, while a hop runs and between two', async () => {
    const flow = await controlled(async (memory, ctx) => {
      await ctx.sleep(1);
      return memory;
    });
    const events = record(flow);
    const call = codeOf(flow.call(new WorkingMemory('q', { budgetHops: null }), { timeoutS: 3.5 }));
    await bench.clock.advance(4_000);
    expect(await call).to.equal('DEADLINE_EXCEEDED');
    expect(shortForm(events).filter((each) => each === 'ctl:node_start')).to.have.length(4);
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R16 ends when its trace is cancelled', async () => {
    const flow = await controlled(async (memory, ctx) => {
      await ctx.sleep(1);
      return memory;
    });
    const call = codeOf(flow.call(new WorkingMemory('q', { budgetHops: null }), { traceId: 't' }));
    await bench.clock.advance(10_500);
    expect(flow.cancel('t')).to.equal(true);
    expect(await call).to.equal('TRACE_CANCELLED');
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R19 shows intermediate memory at the egress when nothing limits the loop, and only then', async () => {
    const turn: Turn = (memory) => (memory.hops === 2 ? new FinalAnswer('end') : memory);
    const outputs = async (memory: WorkingMemory): Promise<unknown[]> => {
      const flow = await controlled(turn);
      await flow.emit(memory);
      await settle();
      const found: unknown[] = [];
      while (flow.snapshot().results > 0) found.push(await flow.fetch());
      return found.map((each) => (each instanceof WorkingMemory ? each.hops : (each as FinalAnswer).text));
    };
    expect(await outputs(new WorkingMemory('q', { budgetHops: null }))).to.deep.equal([1, 2, 'end']);
    expect(await outputs(new WorkingMemory('q'))).to.deep.equal(['end']);
    expect(await outputs(new WorkingMemory('q', { budgetHops: null, budgetTokens: 5 }))).to.deep.equal(['end']);
  });

  it('R19 gives a call the answer, and no intermediate memory', async () => {
    const flow = await controlled((memory) => (memory.hops === 2 ? new FinalAnswer('end') : memory));
    expect(await flow.call(new WorkingMemory('q', { budgetHops: null }))).to.deep.equal(new FinalAnswer('end'));
    expect(flow.snapshot()).to.deep.include({ results: 0, discardedResults: 0 });
  });

  it('R18 streams intermediate memory as pieces, and the answer as the final value', async () => {
    const flow = await controlled((memory) => (memory.hops === 2 ? new FinalAnswer('end') : memory));
    const stream = flow.stream(new WorkingMemory('q', { budgetHops: null }));
    const hops: unknown[] = [];
    let step = await stream.next();
    while (step.done !== true) {
      hops.push((step.value as WorkingMemory).hops);
      step = await stream.next();
    }
    expect([hops, step.value]).to.deep.equal([[1, 2], new FinalAnswer('end')]);
  });

  it('R19 hands the final answer, also that of a budget, to the nodes that follow', async () => {
    const shout = node('shout', (answer: FinalAnswer) => answer.text.toUpperCase());
    const flow = await controlled((memory) => memory, [shout]);
    expect(await flow.call(new WorkingMemory('q', { budgetHops: 2 }))).to.equal('HOP BUDGET EXHAUSTED');
  });

  it('R10 finds the same memory in each attempt of a hop', async () => {
    let failures = 0;
    const flaky = node(
      'ctl',
      (memory: WorkingMemory) => {
        const next = memory.with({ facts: [...memory.facts, memory.hops], tokensUsed: memory.tokensUsed + 1 });
        if (failures++ % 3 < 2) throw new Error('again');
        return memory.hops === 2 ? new FinalAnswer(JSON.stringify([memory.facts, memory.tokensUsed])) : next;
      },
      { maxRetries: 2, backoffBaseS: 0 },
    );
    const flow = await bench.run(rows([[flaky, [{ to: flaky, on: WorkingMemory, back: true }]]]));
    expect(await flow.call(new WorkingMemory('q'))).to.deep.equal(new FinalAnswer('[[0,1],2]'));
  });

  it('R19 is declared with loop, and typed', async () => {
    @Node({ name: 'Research' })
    class Research {
      process(memory: WorkingMemory): WorkingMemory | FinalAnswer {
        return memory.hops === 1 ? new FinalAnswer(memory.query) : memory;
      }
    }
    const flow = await bench.run(start(Research).loop(WorkingMemory) as never);
    expect(await flow.call(new WorkingMemory('why?'))).to.deep.equal(new FinalAnswer('why?'));
  });

  it('R19 is declared with back too, and the graph goes on with its answer', async () => {
    @Node()
    class Think {
      process(memory: WorkingMemory): WorkingMemory | FinalAnswer {
        return memory.hops === 2 ? new FinalAnswer('done') : memory;
      }
    }
    @Node()
    class Say {
      process(answer: FinalAnswer): string {
        return `said ${answer.text}`;
      }
    }
    const flow = await bench.run(start(Think).back(Think).to(Say));
    const events = record(flow);
    expect(await flow.call(new WorkingMemory('q'))).to.equal('said done');
    expect(shortForm(events).filter((each) => each.endsWith('node_start'))).to.deep.equal([
      'Think:node_start',
      'Think:node_start',
      'Think:node_start',
      'Say:node_start',
    ]);
  });

  it('R19 leaves working memory alone where a node has no edge to itself', async () => {
    const flow = await bench.run(rows([[node('a', (memory) => memory), []]]));
    const memory = new WorkingMemory('q', { budgetHops: 1, hops: 5 });
    expect(await flow.call(memory)).to.equal(memory);
  });

  it('R19 keeps to its budgets, whatever they are', async () => {
    const budget = fc.option(fc.integer({ min: 0, max: 12 }));
    const plan = fc.record({
      budgetHops: budget,
      budgetTokens: fc.option(fc.integer({ min: 0, max: 60 })),
      tokensPerHop: fc.integer({ min: 0, max: 20 }),
      finalAt: fc.integer({ min: 0, max: 15 }),
      hops: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ budgetHops, budgetTokens, tokensPerHop, finalAt, hops }) => {
        const own = new FlowBench();
        let calls = 0;
        let last = hops;
        const turn: Turn = (memory) => {
          calls++;
          last = memory.hops;
          if (memory.hops >= finalAt) return new FinalAnswer('done');
          return memory.with({ tokensUsed: memory.tokensUsed + tokensPerHop });
        };
        const flow = await controlled(turn, [], own);
        const { text } = (await flow.call(new WorkingMemory('q', { budgetHops, budgetTokens, hops }))) as FinalAnswer;
        await own.stopAll();
        // The same loop, written as one.
        let [hop, tokens, turns, expected] = [hops, 0, 0, ''];
        while (expected === '') {
          turns++;
          if (hop >= finalAt) expected = 'done';
          else {
            tokens += tokensPerHop;
            if (budgetTokens !== null && tokens >= budgetTokens) expected = 'Token budget exhausted';
            else if (budgetHops !== null && hop + 1 >= budgetHops) expected = 'Hop budget exhausted';
            else hop++;
          }
        }
        expect([text, calls, last]).to.deep.equal([expected, turns, hop]);
      }),
    );
  });

  describe('WorkingMemory and FinalAnswer', () => {
    it('have the defaults of the original', () => {
      const { facts, hops, budgetHops, tokensUsed, budgetTokens, confidence } = new WorkingMemory('q');
      expect([facts, hops, budgetHops, tokensUsed, budgetTokens, confidence]).to.deep.equal([[], 0, 8, 0, null, 0]);
      expect(new FinalAnswer('a', ['b']).citations).to.deep.equal(['b']);
    });

    it('are frozen; with() makes the next', () => {
      const memory = new WorkingMemory('q', { facts: [1], budgetHops: null });
      expect(Object.isFrozen(memory) && Object.isFrozen(memory.facts)).to.equal(true);
      const next = memory.with({ query: 'r', confidence: 0.5 });
      expect(next).to.deep.equal(new WorkingMemory('r', { facts: [1], budgetHops: null, confidence: 0.5 }));
      expect(Object.isFrozen(new FinalAnswer('a'))).to.equal(true);
    });

    it('refuse counts that are none', () => {
      for (const init of [
        { hops: -1 },
        { budgetHops: 1.5 },
        { budgetTokens: Number.NaN },
        { tokensUsed: '1' as never },
      ]) {
        expect(thrownBy(() => new WorkingMemory('q', init)).code).to.equal('INVALID_MESSAGE');
      }
    });

    it('are told apart by a mark, not by their shape', () => {
      expect(WorkingMemory.is(Object.assign({}, new WorkingMemory('q')))).to.equal(false);
      expect([WorkingMemory.is(new WorkingMemory('q')), FinalAnswer.is(new FinalAnswer('a'))]).to.deep.equal([
        true,
        true,
      ]);
      expect(FinalAnswer.is(new Message(1))).to.equal(false);
    });
  });
});
