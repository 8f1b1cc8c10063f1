import { Module } from '@nestjs/common';
import { expect } from 'chai';
import { Flow, Node, start, type FlowNode } from '#src/index.js';
import { getFlowToken, PenguiFlowModule, type FlowHandle } from '#src/nestjs/index.js';
import { FlowHistory, memoryStore } from '#src/store/index.js';
import { failureOf } from '../support/settling.js';
import { AppRunner } from './support/run-app.js';

@Node()
class Greet implements FlowNode<string, string> {
  process(name: string): string {
    return `hello ${name}`;
  }
}
@Flow({ name: 'nest-history' })
class Greetings {
  readonly graph = start(Greet);
}

describe('PenguiFlowModule.forRoot({ history })', () => {
  const runner = new AppRunner();

  afterEach(() => runner.closeAll());

  it('H2 H8 records the runs of every flow, and closes the history when they have stopped', async () => {
    const store = memoryStore();
    const history = new FlowHistory(store);
    @Module({
      imports: [PenguiFlowModule.forRoot({ history }), PenguiFlowModule.forFeature([Greetings])],
      providers: [Greetings, Greet],
    })
    class App {}
    const { app } = await runner.start(App);
    const flow = app.get<FlowHandle<typeof Greetings>>(getFlowToken(Greetings));
    expect(await flow.call('ada', { labels: { who: 'ada' } })).to.equal('hello ada');
    await history.flush();
    const { runs } = await history.list({ label: { name: 'who', value: 'ada' } });
    expect(runs[0]).to.include({ flow: 'nest-history', status: 'succeeded', attempts: 1 });
    await flow.call('late');
    await app.close();
    // Closed: whoever looks opens the store anew.
    await store.open({ instance: 'x', host: 'h', bootId: undefined, pid: 1, version: '1', startedMs: 0 });
    expect((await store.list()).runs.map(({ status }) => status)).to.deep.equal(['succeeded', 'succeeded']);
  });

  it('refuses what is no history', async () => {
    @Module({ imports: [PenguiFlowModule.forRoot({ history: {} as never })] })
    class App {}
    expect((await failureOf(runner.start(App))).message).to.contain('`history` of PenguiFlowModule.forRoot()');
  });
});
