import { expect } from 'chai';
import { FlowHistory, memoryStore, type FlowStore, type RunPage } from '#src/store/index.js';
import { held, line, node, pass } from '../support/nodes.js';
import { failureOf } from '../support/settling.js';
import { connected, disconnected } from './support/connected.js';
import { useRigs } from './worker/rig.js';

describe('history of a flow in several processes', () => {
  const rigFor = useRigs();
  let histories: FlowHistory[] = [];
  afterEach(async () => {
    for (const history of histories) await history.close();
    histories = [];
  });
  const historyOn = (store: FlowStore): FlowHistory => {
    const history = new FlowHistory(store);
    histories.push(history);
    return history;
  };
  const kept = async (store: FlowStore, query: Parameters<FlowStore['list']>[0]): Promise<RunPage['runs']> => {
    for (const history of histories) await history.flush();
    return (await store.list(query)).runs.toReversed();
  };

  it('D29 finds the run of a client and the parts of its root by trace id, tenant and root', async () => {
    const store = memoryStore();
    const [a, b] = [pass('A'), pass('B')];
    const rig = await rigFor(line(a, b), { groups: { io: [a], cpu: [b] } });
    await rig.serve(['io'], { history: historyOn(store) });
    await rig.serve(['cpu'], { history: historyOn(store) });
    const client = await connected(rig, { history: historyOn(store) });
    const { rootId, traceId } = await client.emit(1, { tenant: 'acme' });
    const other = client.call(2, { traceId, tenant: 'acme' });
    await rig.turn();
    expect(await other).to.equal(2);
    const runs = await kept(store, { rootId, traceId, tenant: 'acme' });
    expect(runs.map(({ kind, status }) => `${kind} ${status}`)).to.have.members([
      'emit succeeded',
      'part succeeded',
      'part succeeded',
    ]);
    const none = { arrivalId: undefined, group: undefined, workerId: undefined, redelivered: 0 };
    expect(runs.find(({ kind }) => kind === 'emit')?.part).to.deep.equal({ rootId, ...none });
    const parts = runs.filter(({ kind }) => kind === 'part').map(({ part }) => part);
    expect(parts.map((part) => `${part?.group} ${part?.workerId}`)).to.have.members(['io w1', 'cpu w2']);
    expect(new Set(parts.map((part) => part?.arrivalId)).size).to.equal(2);
    expect(await kept(store, { traceId })).to.have.length(6);
    expect(await kept(store, { rootId, tenant: 'default' })).to.have.length(0);
    await disconnected(rig, client);
  });

  it('D29 H11 says of a part whose process died that it was handed over, and of the next one that it came again', async () => {
    const store = memoryStore();
    const b = held('B');
    const rig = await rigFor(line(b.node));
    const first = await rig.serve(undefined, { history: historyOn(store) });
    rig.send('B', 1);
    await rig.turn();
    const [open] = await kept(store, { status: 'running' });
    expect(open?.kind).to.equal('part');
    // It stands still, and somebody else takes it for dead.
    rig.carrier.faults.freeze(rig.sessionOf(first));
    const watcher = { instance: 'watcher', host: 'h', bootId: undefined, pid: 1, version: '1', startedMs: 0 };
    const { others } = await store.heartbeat({ ...(await store.open(watcher)), instance: 'watcher' });
    expect((await store.claimDead(others, 5)).interrupted).to.equal(0);
    expect((await store.list({ status: 'handed_over', count: true })).count?.runs).to.equal(1);
    expect((await store.run(open!))?.run.status).to.equal('handed_over');
    await rig.serve(undefined, { history: historyOn(store) });
    await rig.clock.advance(60_000);
    await rig.turn();
    for (const { payload, resolve } of b.calls) resolve(payload);
    await rig.turn();
    const runs = await kept(store, { rootId: open!.part!.rootId });
    expect(runs.map(({ part }) => `${part?.workerId} ${part?.redelivered}`)).to.deep.equal(['w1 0', 'w2 1']);
    expect(runs[1]?.status).to.equal('succeeded');
    rig.carrier.faults.thaw(rig.sessionOf(first));
  });

  it('D29 H12 refuses to replay a part, or the run of a client, and says what to do instead', async () => {
    const store = memoryStore();
    const fails = node('B', () => {
      throw new Error('no');
    });
    const rig = await rigFor(line(pass('A'), fails));
    const history = historyOn(store);
    await rig.serve(undefined, { history });
    const client = await connected(rig, { history: historyOn(store) });
    await client.emit(1);
    await rig.turn();
    const runs = await kept(store, {});
    expect(runs.map(({ kind }) => kind)).to.have.members(['emit', 'part']);
    for (const { runId, kind } of runs) {
      for (const refused of [history.planReplay({ runId }), history.replay({ runId }, { force: true })]) {
        const error = await failureOf(refused);
        expect(error.code).to.equal('REPLAY_REFUSED');
        expect(error.message).to.match(kind === 'part' ? /it is a part of work/ : /it began work/);
        expect(error.hint).to.match(/deadLetters\.redrive\(\).*emit\(\)/);
      }
    }
    const answers = [];
    for await (const { refused } of history.replayAll({}, { dryRun: true })) answers.push(refused?.code);
    expect(answers).to.deep.equal(['REPLAY_REFUSED', 'REPLAY_REFUSED']);
    await disconnected(rig, client);
  });
});
