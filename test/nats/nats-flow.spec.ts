import { expect } from 'chai';

import { connectFlow, Distributed, serveFlow } from '#src/distributed/index.js';
import { Flow, Node, start, type FlowNode } from '#src/index.js';
import { nats } from '#src/nats/index.js';
import { startNatsServer, type NatsServer } from '#src/testing/index.js';

import { describeWithTool } from '../support/needs-tool.js';
import { useLogging } from '../support/use-logging.js';
import { NATS_SERVER } from './nats-tool.js';
import { put, Sessions, stateOf, taken } from './use-sessions.js';

@Node()
class Split implements FlowNode<string, string[]> {
  process(text: string): string[] {
    return text.split(' ');
  }
}

@Node()
class Count implements FlowNode<string[], number> {
  process(words: string[]): number {
    return words.length;
  }
}

@Distributed({ groups: { io: [Split], cpu: [Count] } })
@Flow()
class Words {
  readonly graph = start(Split).to(Count);
}

/** Who may do what, as the guide says. */
const PERMISSIONS = `
accounts {
  WORDS {
    jetstream: enabled
    users: [
      { user: deploy, password: deploy, permissions: {
        publish: ["pf.default.>", "$JS.API.INFO", "$JS.API.STREAM.INFO.*", "$JS.API.STREAM.MSG.GET.*", "$JS.API.STREAM.CREATE.*",
          "$JS.API.STREAM.UPDATE.*", "$JS.API.CONSUMER.INFO.*.*", "$JS.API.CONSUMER.DURABLE.CREATE.*.*", "$JS.API.CONSUMER.DELETE.*.*", "_INBOX.>"]
        subscribe: ["_INBOX.>", "pf.default.plan.>"]
      } },
      { user: worker, password: worker, permissions: {
        publish: ["pf.default.>", "$JS.API.STREAM.INFO.*", "$JS.API.STREAM.MSG.GET.*", "$JS.API.CONSUMER.INFO.*.*",
          "$JS.API.CONSUMER.MSG.NEXT.*.*", "$JS.ACK.>", "_INBOX.>"]
        subscribe: ["_INBOX.>", "pf.default.answers.>", "pf.default.cancels.>", "pf.default.cast.>", "pf.default.plan.>"]
      } },
      { user: client, password: client, permissions: {
        publish: ["pf.default.>", "$JS.API.STREAM.INFO.*", "$JS.API.STREAM.MSG.GET.*", "$JS.API.CONSUMER.INFO.*.*", "_INBOX.>"]
        subscribe: ["_INBOX.>", "pf.default.answers.>", "pf.default.cancels.>", "pf.default.cast.>", "pf.default.plan.>"]
      } }
    ]
  }
}`;

describeWithTool(NATS_SERVER, 'nats: flows', function () {
  this.timeout(30_000);
  useLogging({ level: 'silent' });
  let server: NatsServer | undefined;
  const sessions = new Sessions();
  afterEach(async () => {
    await sessions.closeAll();
    await server?.destroy();
  });

  it('D2 D16 D17 runs a flow in groups, and has its results', async () => {
    server = await startNatsServer();
    const carrier = nats({ connect: server.url });
    const workers = [
      await serveFlow(Words, { carrier, groups: ['io'] }),
      await serveFlow(Words, { carrier, groups: ['cpu'] }),
    ];
    const client = await connectFlow(Words, { carrier });
    expect(await client.call('to be or not')).to.equal(4);
    const { rootId } = await client.emit('to be', { id: 'one' });
    expect(await client.result(rootId, { timeoutS: 10 })).to.equal(2);
    await client.stop();
    await Promise.all(workers.map((worker) => worker.stop()));
  });

  it('D30 does with the permissions that the guide lists what workers and clients do', async () => {
    server = await startNatsServer({ config: PERMISSIONS });
    const { url } = server;
    const as = (user: string): string => url.replace('//', `//${user}:${user}@`);
    await sessions.join(as('deploy'));
    const [worker, client] = [await sessions.join(as('worker')), await sessions.join(as('client'))];
    const heard: string[] = [];
    client.records('answers', 'root', 'start', ({ id }) => heard.push(id));
    await put(client, 'in', 'one');
    await put(client, 'in', 'two');
    const [one, two] = await taken(worker, 'in', 2);
    await worker.settle(one!, { departures: [{ id: 'next', queue: 'out', head: '', body: '' }] });
    expect(await worker.countStart(two!)).to.equal(1);
    await worker.record('answers', 'root', 'answer', '', 60);
    await worker.settle(two!, { departures: [], dead: { reason: '{}' } });
    expect(await stateOf(client, 'in')).to.include({ pending: 0, unacked: 0, dead: 1 });
    expect(await client.writeDoc('key', 'body', 0)).to.equal(true);
    expect(await client.recordsOf('answers', 'root')).to.have.length(1);
    expect(await client.dead.list()).to.have.length(1);
    expect(heard).to.deep.equal(['answer']);
  });
});
