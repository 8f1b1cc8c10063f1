import { expect } from 'chai';
import { chunkTopic, creditTopic, type CastChunk, type CastCredit } from '#src/distributed/protocol/channels.js';
import { line, node } from '../../support/nodes.js';
import { useRigs, type Rig } from './rig.js';

describe('serveFlow, chunks', () => {
  const rigFor = useRigs();
  const streaming = (count: number) =>
    node('Streams', async (_, ctx) => {
      for (let n = 0; n < count; n++) await ctx.emitChunk(`${n}`, { done: n === count - 1 });
      return 'final';
    });

  /** Hears the chunks of a root. */
  function hear(
    rig: Rig,
    root: string,
  ): { readonly chunks: CastChunk[]; readonly credit: (at: number, again?: true) => void } {
    const chunks: CastChunk[] = [];
    rig.session.hear(chunkTopic(root), (_, body) => void chunks.push(JSON.parse(body) as CastChunk));
    const credit = (at: number, again?: true): void => {
      const { from, run, streamId } = chunks[0] as CastChunk;
      const given: CastCredit = { from, run, streamId, at, ...(again === undefined ? undefined : { again }) };
      rig.session.cast(creditTopic(root), JSON.stringify(given));
    };
    return { chunks, credit };
  }

  it('D19 sends no more than its reader has credit for, and what got lost again', async () => {
    const rig = await rigFor(line(streaming(100)));
    await rig.serve();
    const { chunks, credit } = hear(rig, 'test-s');
    rig.send('Streams', 0, { root: 'test-s', kind: 'stream' });
    await rig.turn();
    expect(chunks.map(({ at }) => at)).to.deep.equal(Array.from({ length: 64 }, (_, at) => at));
    credit(30);
    await rig.turn();
    expect(chunks).to.have.length(94);
    credit(90, true);
    await rig.turn();
    expect(chunks.slice(94).map(({ at }) => at)).to.deep.equal([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
    expect(
      rig.answers.map((answer) => (answer.kind === 'result' ? [answer.value, answer.chunks] : answer)),
    ).to.deep.equal([['"final"', { t1: 100 }]]);
    const before = (await rig.session.queues())[0];
    expect(before?.unacked).to.equal(1);
    credit(100);
    await rig.turn();
    expect((await rig.session.queues())[0]?.unacked).to.equal(0);
  });

  it('D19 goes on without a reader that has given no credit for ten seconds', async () => {
    const rig = await rigFor(line(streaming(100)));
    await rig.serve();
    const { chunks } = hear(rig, 'test-s');
    rig.send('Streams', 0, { root: 'test-s', kind: 'stream' });
    await rig.turn();
    expect([chunks.length, rig.said]).to.deep.equal([64, []]);
    await rig.clock.advance(10_500);
    await rig.turn();
    expect(rig.said).to.deep.equal(['result "final" closes']);
    expect((await rig.session.queues())[0]?.unacked).to.equal(0);
  });

  it('D19 sends chunks of streams alone', async () => {
    const rig = await rigFor(line(streaming(3)));
    await rig.serve();
    const { chunks } = hear(rig, 'test-1');
    rig.send('Streams', 0);
    await rig.turn();
    expect([chunks, rig.said]).to.deep.equal([[], ['result "final" closes']]);
  });
});
