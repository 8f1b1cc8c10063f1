import { expect } from 'chai';
import { collect, joinFrom, joinK, type FlowError, type NodeClass } from '#src/index.js';
import { queue, type DistributedOptions } from '#src/distributed/index.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';
import { pass, rows } from '../../support/nodes.js';
import { thrownBy } from '../../support/thrown-by.js';
import { spread } from './support/spread.js';

const [src, fork, a, b, end] = [pass('src'), pass('fork'), pass('a'), pass('b'), pass('end')];
const join = joinFrom('join', [a, b]);
const keyed = joinFrom('keyed', [a, b], { by: 'order' });
const pairs = joinK<unknown>('pairs', 2);
const all = collect<unknown>('all');

/** src → fork → a, b → a join → end. */
function diamond(joining: NodeClass): FlowGraph {
  return rows([
    [src, [fork]],
    [fork, [a, b]],
    [a, [joining]],
    [b, [joining]],
    [joining, [end]],
  ]);
}

function refusal(graph: FlowGraph, options: DistributedOptions): FlowError {
  const error = thrownBy(() => spread(graph, options));
  expect(error.code).to.equal('PLAN_UNSUPPORTED');
  return error;
}

describe('D22 a cut', () => {
  const kinds: readonly (readonly [name: string, joining: NodeClass])[] = [
    ['a join by origin', join as NodeClass],
    ['a join by order', keyed as NodeClass],
    ['a joinK', pairs as NodeClass],
  ];
  for (const [name, joining] of kinds) {
    it(`may lie before the fork of ${name}, and behind it`, () => {
      const { distributed } = spread(diamond(joining), { groups: { cpu: [fork, a, b, joining] } });
      expect(distributed.groups).to.have.lengthOf(2);
    });

    it(`is refused between a fork and ${name}, with the edge and the groups that would do`, () => {
      const nodeName = joining === join ? 'join' : joining === keyed ? 'keyed' : 'pairs';
      for (const apart of [[fork], [a], [joining]]) {
        const error = refusal(diamond(joining), { groups: { cpu: apart } });
        expect(error.message).to.match(
          new RegExp(
            `^Flow "Docs" cannot be cut between ".*" \\(group ".*"\\) and .*: join "${nodeName}" waits for what parts at "fork"$`,
          ),
        );
        expect(error.hint).to.equal(`Put "fork", "a", "b" and "${nodeName}" into one group; "main" or "cpu" would do.`);
      }
    });
  }

  it('that leaves a fork and comes back in time for the join is refused, although fork, sources and join lie together', () => {
    const far = pass('far');
    const graph = rows([
      [fork, [far, b]],
      [far, [a]],
      [a, [join]],
      [b, [join]],
    ]);
    const error = refusal(graph, { groups: { io: [far] } });
    expect(error.metadata).to.deep.equal({
      flow: 'Docs',
      edge: 'fork -> far',
      nodes: ['fork', 'far', 'b', 'a', 'join'],
      groups: ['main', 'io'],
    });
  });

  it('is refused where a join waits for what parts at the ingress: each node that is emitted to has a message of its own', () => {
    const error = refusal(
      rows([
        [a, [join]],
        [b, [join]],
      ]),
      {},
    );
    expect(error.message).to.equal(
      'Flow "Docs" cannot be distributed: join "join" waits for what parts at the ingress, and each message that comes to "a" is worked on by itself',
    );
    expect(error.metadata).to.deep.include({ edge: 'OpenSea -> a', groups: [] });
    expect(error.hint).to.match(/^Let one node come first/);
  });

  it('is refused before a joinK that takes what is emitted', () => {
    expect(refusal(rows([[pairs as NodeClass, [end]]]), {}).metadata['edge']).to.equal('OpenSea -> pairs');
  });

  it('is refused between the ingress and a collect, wherever it lies', () => {
    const graph = rows([
      [src, [fork]],
      [fork, [a]],
      [a, [all as NodeClass]],
      [all as NodeClass, [end]],
    ]);
    expect(spread(graph, { groups: { cpu: [end] } }).distributed.groups).to.have.lengthOf(2);
    for (const apart of [[src], [src, fork], [all as NodeClass], [a]]) {
      const error = refusal(graph, { groups: { cpu: apart } });
      expect(error.message).to.match(/: collect "all" waits for all of a run$/);
      expect(error.metadata['nodes']).to.deep.equal(['src', 'fork', 'a', 'all']);
      expect(error.metadata['groups']).to.deep.equal([
        apart[0] === src ? 'cpu' : 'main',
        apart[0] === src ? 'main' : 'cpu',
      ]);
    }
    const twoEntries = rows([
      [a, [all as NodeClass]],
      [b, [all as NodeClass]],
    ]);
    expect(refusal(twoEntries, {}).metadata['edge']).to.equal('OpenSea -> a');
  });

  it('is refused on a cycle', () => {
    const graph = rows(
      [
        [src, [a]],
        [a, [b, end]],
        [b, [a]],
      ],
      [src],
    );
    expect(spread(graph, { groups: { cpu: [a, b] } }).distributed.cuts).to.have.lengthOf(2);
    const error = refusal(graph, { groups: { cpu: [b] } });
    expect(error.message).to.match(/between "a" \(group "main"\) and "b" \(group "cpu"\): "b" leads back to "a"$/);
    expect(error.hint).to.equal('Put "a" and "b" into one group; "main" or "cpu" would do.');
  });

  it('may lead back to a group that it came from: io, cpu, io', () => {
    const graph = rows([
      [src, [a]],
      [a, [end]],
    ]);
    const { distributed } = spread(graph, { groups: { io: [src, end], cpu: [a] } });
    expect(distributed.groups.map(({ name }) => name)).to.deep.equal(['io', 'cpu']);
  });

  it('that an order makes is refused as others are, and says what helps', () => {
    const order = { by: () => 1 };
    const one = refusal(diamond(join as NodeClass), { queues: [queue(a, { order })] });
    expect(one.message).to.match(/between "fork" \(group "main"\) and "a" \(group "main", with an order\)/);
    expect(one.hint).to.equal('Take `order` off the queue of "a".');
    const both = refusal(diamond(join as NodeClass), { groups: { cpu: [b] }, queues: [queue(a, { order })] });
    expect(both.hint).to.equal(
      'Take `order` off the queue of "a", and put "fork", "a", "b" and "join" into one group.',
    );
    const loop = rows([[a, [a, end]]], [a]);
    expect(refusal(loop, { queues: [queue(a, { order })] }).message).to.match(/"a" leads back to "a"$/);
    expect(spread(diamond(join as NodeClass), { queues: [queue(fork, { order })] }).distributed.cuts).to.have.lengthOf(
      1,
    );
  });

  it('that several joins forbid names all that has to come together', () => {
    const [c, d] = [pass('c'), pass('d')];
    const last = joinFrom('last', ['join', 'c']);
    const graph = rows([
      [src, [fork, d]],
      [fork, [a, b]],
      [a, [join as NodeClass]],
      [b, [join as NodeClass]],
      [join as NodeClass, [last as NodeClass]],
      [d, [c]],
      [c, [last as NodeClass]],
    ]);
    const error = refusal(graph, { groups: { cpu: [a], io: [c] } });
    expect(error.metadata['nodes']).to.have.members(['fork', 'a', 'b', 'join', 'src', 'd', 'c', 'last']);
    expect(error.metadata['groups']).to.have.members(['main', 'cpu', 'io']);
  });
});
