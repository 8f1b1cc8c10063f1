import { expect } from 'chai';
import { createFlow, Flow, FLOW_LOG, FlowError, Node, start, type FlowNode } from '#src/index.js';
import { Distributed, queue, type DistributedOptions } from '#src/distributed/index.js';
import { distributedPlanOf } from '#src/distributed/plan/distributed-plan.js';
import { distributedSettingsOf } from '#src/distributed/plan/distributed.js';
import { MemoryLog } from '../../support/memory-log.js';
import { thrownBy } from '../../support/thrown-by.js';

@Node()
class Fetch implements FlowNode<string, string> {
  process(text: string): string {
    return `${text}!`;
  }
}

@Node()
class Parse implements FlowNode<string, string> {
  process(text: string): string {
    return text.toUpperCase();
  }
}

class Plain {}

function decorate(options: unknown): void {
  class Documents {
    readonly graph = start(Fetch).to(Parse);
  }
  Distributed(options as DistributedOptions)(Documents);
}

describe('@Distributed', () => {
  it('D1 leaves a flow as it is in one process, whichever decorator stands first', async () => {
    const options = { groups: { io: [Fetch], cpu: [Parse] }, queues: [queue(Parse, { bound: 1 })] };
    @Distributed(options)
    @Flow()
    class Documents {
      readonly graph = start(Fetch).to(Parse);
    }
    @Flow()
    @Distributed(options)
    class Papers {
      readonly graph = start(Fetch).to(Parse);
    }
    for (const flowClass of [Documents, Papers]) {
      const flow = createFlow(flowClass, { providers: [{ token: FLOW_LOG, useValue: new MemoryLog() }] });
      await flow.run();
      expect(await flow.call('a')).to.equal('A!');
      await flow.stop();
      const { groups } = distributedPlanOf(flowClass, flow.plan);
      expect(groups.map(({ name, members }) => [name, members])).to.deep.equal([
        ['io', ['Fetch']],
        ['cpu', ['Parse']],
      ]);
    }
  });

  it('D1 makes no flow of a class, and is not inherited', () => {
    @Distributed()
    class Documents {
      readonly graph = start(Fetch);
    }
    expect(thrownBy(() => createFlow(Documents)).code).to.equal('FLOW_NOT_DECORATED');
    class Derived extends Documents {}
    const error = thrownBy(() => distributedSettingsOf(Derived));
    expect(error.message).to.equal('Derived has no @Distributed of its own');
    expect(error.hint).to.match(/^Put `@Distributed\(\)` on Derived/);
  });

  const refused: readonly (readonly [title: string, options: unknown, says: RegExp])[] = [
    ['an option that nobody knows', { group: {} }, /^Unknown option `group` of @Distributed on Documents/],
    ['options that are none', [], /^Expected `options` of @Distributed on Documents to be an object/],
    [
      'groups that are none',
      { groups: [Fetch] },
      /^Expected `groups` of .* to be lists of nodes by name.* got an array/,
    ],
    [
      'a group without a name',
      { groups: { '': [Fetch] } },
      /^Expected `groups` of .* to be named with 1 to 64 .* got ""/,
    ],
    [
      'a group without nodes',
      { groups: { io: [] } },
      /^Expected `groups\.io` of .* to be a list of nodes, got an array of 0/,
    ],
    [
      'what is no node',
      { groups: { io: [Plain] } },
      /^Expected `groups\.io` of .* classes with @Node, got function Plain/,
    ],
    ['a node that is undefined', { groups: { io: [undefined] } }, /classes with @Node, got undefined/],
    [
      'a node in two groups',
      { groups: { io: [Fetch], cpu: [Parse, Fetch] } },
      /^Fetch stands in `groups\.io` and in `groups\.cpu`/,
    ],
    ['a node twice in a group', { groups: { io: [Fetch, Fetch] } }, /^Fetch stands twice in `groups\.io`/],
    ['queues that are no list', { queues: {} }, /^Expected `queues` of .* to be a list/],
    [
      'a queue that `queue` has not made',
      { queues: [{ node: Fetch }] },
      /^Expected `queues` of .* what `queue\(…\)` makes/,
    ],
    ['two queues of a node', { queues: [queue(Fetch), queue(Fetch)] }, /^`queues` of .* has two queues of Fetch/],
    [
      'results that are none of three',
      { results: 'later' },
      /^Expected `results` of .* 'reply', 'queue' or 'none', got "later"/,
    ],
    ['types without names', { types: [Plain] }, /^Plain in `types` of @Distributed on Documents has no wire name/],
  ];
  for (const [title, options, says] of refused) {
    it(`D1 refuses while it runs: ${title}`, () => {
      const error = thrownBy(() => decorate(options));
      expect(error.code).to.equal('INVALID_OPTION');
      expect(error.message).to.match(says);
      expect(error.hint).to.not.equal('');
    });
  }

  it('D1 needs its parentheses', () => {
    const bare = Distributed as unknown as (target: unknown) => void;
    expect(thrownBy(() => bare(class Documents {})).hint).to.equal('Write `@Distributed()`.');
  });
});

describe('queue()', () => {
  it('D3 has the defaults of a queue', () => {
    expect({ ...queue(Fetch) }).to.deep.include({ node: Fetch, bound: 10_000, maxInFlight: 1_000, maxHoldS: 900 });
    const by = (text: string): string => text;
    expect(queue(Fetch, { order: { by } }).order).to.deep.equal({ by, lanes: 16, onDead: 'skip' });
  });

  const make = queue as unknown as (node: unknown, options?: unknown) => unknown;
  const refused: readonly (readonly [body: () => unknown, says: RegExp])[] = [
    [() => make(Plain), /^Expected `node` of queue\(\) to be a class with @Node, got function Plain/],
    [() => make(Fetch, { size: 1 }), /^Unknown option `size` of queue\(Fetch\)/],
    [() => make(Fetch, { bound: 0 }), /^Expected `bound` of queue\(Fetch\) to be a whole number >= 1, got 0/],
    [() => make(Fetch, { maxInFlight: 1.5 }), /^Expected `maxInFlight` of queue\(Fetch\)/],
    [() => make(Fetch, { maxHoldS: Number.NaN }), /^Expected `maxHoldS` of queue\(Fetch\) to be > 0 seconds, got NaN/],
    [() => make(Fetch, { order: {} }), /^Expected `order\.by` of queue\(Fetch\) to be a function.* got undefined/],
    [() => make(Fetch, { order: { by: String, lanes: 257 } }), /^Expected `order\.lanes` .* from 1 to 256, got 257/],
    [() => make(Fetch, { order: { by: String, onDead: 'stop' } }), /^Expected `order\.onDead` .* 'skip', got "stop"/],
    [() => make(Fetch, { order: { by: String, key: 1 } }), /^Unknown option `key` of `order` of queue\(Fetch\)/],
  ];
  for (const [body, says] of refused) {
    it(`D1 refuses where it is written: ${says.source.slice(1, 60)}`, () => {
      const error = thrownBy(body);
      expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
      expect(error.message).to.match(says);
    });
  }
});
