import { expect } from 'chai';
import type { ActionAnswer, ActionTaken, ReplayView, RunList, RunView } from '#src/inspector/api.js';
import type { InspectorAccess } from '#src/inspector/inspector-options.js';
import { FlowHistory, memoryStore } from '#src/store/index.js';
import { useFlows } from '../support/flows.js';
import { failing, held, line, pass } from '../support/nodes.js';
import { codeOf, settle } from '../support/settling.js';
import { useLogging } from '../support/use-logging.js';
import { openStream } from './support/event-stream.js';
import { ask, post, useInspectors, type Answered } from './support/inspectors.js';

describe('what may be done through the inspector', () => {
  const flows = useFlows();
  const bench = useInspectors();
  const caught = useLogging();

  const refusalOf = ({ status, json }: Answered): unknown => [status, (json as { error: { code: string } }).error.code];

  it('I7 is nothing, unless `actions` and the access of the caller allow it', async () => {
    const { node: hangs, calls } = held('Hangs');
    const flow = await flows.run(line(hangs));
    const of = new Map<string, InspectorAccess>([
      ['ada', { subject: 'ada', actions: ['cancel'] }],
      ['bob', { subject: 'bob', actions: ['replay'] }],
      ['eve', { subject: 'eve', actions: [] }],
      ['cat', { subject: 'cat', tenants: ['umbrella'] }],
    ]);
    const authorize = ({ headers }: { headers: Record<string, unknown> }) => of.get(String(headers['x-user']));
    const call = flow.call(1, { traceId: 't', tenant: 'acme' });
    const ended = codeOf(call);
    await settle();
    const body = { flow: flow.name, traceId: 't', tenant: 'acme' };
    const closed = await bench.serve(bench.inspector({ flows: [flow] }).handler);
    expect(refusalOf(await post(`${closed}/api/cancel`, body))).to.deep.equal([403, 'FORBIDDEN']);
    expect(refusalOf(await post(`${closed}/api/replay`, { run: 1, from: 'start' }))).to.deep.equal([403, 'FORBIDDEN']);
    const url = await bench.serve(
      bench.inspector({ flows: [flow], actions: ['cancel', 'replay'], authorize: authorize as never }).handler,
    );
    const as = (user: string, given: object = body) =>
      post(`${url}/api/cancel`, given, { headers: { 'x-user': user } });
    expect(refusalOf(await as('bob'))).to.deep.equal([403, 'FORBIDDEN']);
    expect(refusalOf(await as('eve'))).to.deep.equal([403, 'FORBIDDEN']);
    expect(refusalOf(await as('cat'))).to.deep.equal([404, 'NOT_FOUND']);
    expect((await as('ada')).json).to.include({ done: true, run: null });
    expect(await ended).to.equal('TRACE_CANCELLED');
    calls[0]?.resolve(1);
    expect(refusalOf(await as('ada'))).to.deep.equal([404, 'NOT_FOUND']);
    expect(refusalOf(await as('ada', { ...body, tenant: 7 }))).to.deep.equal([400, 'INVALID_OPTION']);
    expect(refusalOf(await as('ada', { ...body, flow: 'other' }))).to.deep.equal([404, 'NOT_FOUND']);
  });

  it('I7 is one line of the log and one event each, with who did it', async () => {
    const { node: hangs } = held('Hangs');
    const flow = await flows.run(line(hangs));
    const authorize = (): InspectorAccess => ({ subject: 'ada' });
    const url = await bench.serve(bench.inspector({ flows: [flow], actions: ['cancel'], authorize }).handler);
    const stream = await openStream(`${url}/api/stream`);
    const ended = codeOf(flow.call(1, { traceId: 't', tenant: 'acme' }));
    await settle();
    await post(`${url}/api/cancel`, { flow: flow.name, traceId: 't', tenant: 'acme' });
    await post(`${url}/api/cancel`, { flow: flow.name, traceId: 't', tenant: 'acme' });
    await ended;
    const told = caught.json.filter(({ event }) => event === 'inspector_cancel');
    expect(told).to.have.length(1);
    expect(told[0]).to.include({
      level: 'info',
      logger: 'penguiflow.inspector',
      subject: 'ada',
      flow_name: flow.name,
      trace_id: 't',
      tenant: 'acme',
    });
    await stream.until(() => stream.of('action').length > 0);
    const [taken] = stream.of('action') as readonly ActionTaken[];
    expect(taken).to.include({ action: 'cancel', subject: 'ada', flow: flow.name, traceId: 't' });
    stream.close();
  });

  it('I15 a replay runs here, as a run of its own, and the answer names it', async () => {
    const bank = failing('Bank', { onTry: () => {} });
    const flow = await flows.run(line(pass('Price'), bank));
    const url = await bench.serve(bench.inspector({ flows: [flow], actions: ['replay'] }).handler);
    await flow.call({ sku: 'carp' }, { traceId: 'order-17', tenant: 'acme' }).catch(() => {});
    const [failed] = ((await ask(`${url}/api/runs`)).json as RunList).runs;
    const answer = await post(`${url}/api/replay`, { run: failed?.id, from: 'start' });
    const { done, run, runner } = answer.json as ActionAnswer;
    expect([done, run?.replayOf, run?.kind, runner.pid]).to.deep.equal([true, failed?.id, 'replay', process.pid]);
    expect(run?.traceId).not.to.equal('order-17');
    const view = (await ask(`${url}/api/runs/${failed?.id as number}`)).json as { children: { id: number }[] };
    expect(view.children.map(({ id }) => id)).to.deep.equal([run?.id]);
    expect(caught.json.filter(({ event }) => event === 'inspector_replay')).to.have.length(1);
    const edited = await post(`${url}/api/replay`, { run: failed?.id, from: 'start', payload: { sku: 'eel' } });
    const again = (await ask(`${url}/api/runs/${(edited.json as ActionAnswer).run?.id as number}`)).json as RunView;
    const { id } = again.messages[0] as { id: string };
    const looked = await ask(`${url}/api/runs/${again.run.id}/messages/${id}`);
    expect((looked.json as { preview: string }).preview).to.contain('eel');
    for (const [query, runs] of [
      ['from=start', 1],
      ['from=start&edited=true', 1],
    ] as const) {
      const plan = (await ask(`${url}/api/runs/${failed?.id as number}/replay?${query}`)).json as ReplayView;
      expect([plan.runs, plan.notBegun, plan.reasons], query).to.deep.equal([runs, [], []]);
    }
    for (const [given, refusal] of [
      [{ run: 99_999, from: 'start' }, [404, 'NOT_FOUND']],
      [{ run: failed?.id, from: 'middle' }, [400, 'INVALID_OPTION']],
      [{ run: failed?.id, from: '77' }, [409, 'REPLAY_REFUSED']],
      [{ run: 'x', from: 'start' }, [400, 'INVALID_OPTION']],
      [{ run: failed?.id, from: 'start', force: 1 }, [400, 'INVALID_OPTION']],
      [null, [400, 'INVALID_OPTION']],
    ] as const) {
      expect(refusalOf(await post(`${url}/api/replay`, given))).to.deep.equal(refusal);
    }
  });

  it('I15 a run names those that replay it, however many others have begun since', async () => {
    const history = new FlowHistory(memoryStore());
    const busy = await flows.run(line(failing('Bank')), { history });
    await busy.call({ sku: 'carp' }, { traceId: 'order-17', tenant: 'acme' }).catch(() => {});
    await history.flush();
    const [failed] = (await history.list()).runs;
    const { runs } = await history.replay(failed!);
    for (let index = 0; index < 300; index++) await busy.call(1, { tenant: 'acme' }).catch(() => {});
    const url = await bench.serve(bench.inspector({ flows: [busy], history }).handler);
    const { children } = (await ask(`${url}/api/runs/order-17`)).json as RunView;
    expect(children.map(({ traceId }) => traceId)).to.deep.equal(runs.map(({ traceId }) => traceId));
    await busy.stop();
    await history.close();
  });

  it('I15 what another process runs is not cancelled here, and the answer says where it is', async () => {
    const { node: hangs, calls } = held('Hangs');
    const store = memoryStore();
    const there = new FlowHistory(store);
    const here = new FlowHistory(store);
    const graph = line(hangs);
    const flow = await flows.run(graph, { name: 'in-two-processes', history: there });
    const call = flow.call(1, { traceId: 't', tenant: 'acme' });
    await settle();
    await there.flush();
    const inspector = bench.inspector({ history: here, actions: ['cancel', 'replay'] });
    const url = await bench.serve(inspector.handler);
    const answer = await post(`${url}/api/cancel`, { flow: flow.name, traceId: 't', tenant: 'acme' });
    expect(refusalOf(answer)).to.deep.equal([409, 'OTHER_RUNNER']);
    expect(answer.text).to.include('runner 1 of the store');
    const view = (await ask(`${url}/api/runs/t`)).json as { here: boolean };
    expect(view.here).to.equal(false);
    calls[0]?.resolve(1);
    await call;
    await there.flush();
    const [run] = ((await ask(`${url}/api/runs`)).json as RunList).runs;
    expect(refusalOf(await post(`${url}/api/replay`, { run: run?.id, from: 'start' }))).to.deep.equal([
      409,
      'NOT_RUNNING',
    ]);
    await flow.stop();
    await here.close();
    await there.close();
  });
});
