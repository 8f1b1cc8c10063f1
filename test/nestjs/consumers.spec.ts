import { setTimeout as delay } from 'node:timers/promises';
import { connect, RequestError, type NatsConnection } from '@nats-io/transport-node';
import { Queue, type JobType } from 'bullmq';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { describeWithTool } from '../support/needs-tool.js';
import { ServerProcess } from '../samples/nestjs-orders/server-process.js';
import { NATS, NATS_SERVER, QUEUE, REDIS_SERVER, redisConnection, SUBJECT } from './consumers/brokers.js';

const ROUNDS = 3;
const PROGRAM = 'dist/test/nestjs/consumers/consumers-app.js';
const STATES: readonly JobType[] = [
  'active',
  'completed',
  'delayed',
  'failed',
  'prioritized',
  'waiting',
  'waiting-children',
];

/** Starts the application as a process of its own. */
function startApp(transport: string, env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  return ServerProcess.start({ CONSUMERS_RUN: SUBJECT, ...forwarded(), ...env }, [PROGRAM, transport]);
}

function forwarded(): Record<string, string> {
  return Object.fromEntries(
    ['NATS_URL', 'REDIS_URL'].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** Ends it as an orchestrator does, and looks at what it said. */
async function terminate(app: ServerProcess): Promise<void> {
  app.signal('SIGTERM');
  expect((await app.ended)[0], app.stderr).to.equal(0);
  expect(app.stderr).to.equal('');
  const complaints = app.lines.filter(({ level, message }) => level !== 'info' && message !== 'loop_blocked');
  expect(complaints).to.deep.equal([]);
}

/** How requests over NATS ended: what was answered, and how often. `nobody` says the server when nobody listens. */
type Outcomes = Record<string, number>;

/** Requests without pause, until somebody says so. */
class NatsLoad {
  readonly outcomes: Outcomes = {};
  readonly #nats: NatsConnection;
  #goesOn = true;
  readonly #clients: Promise<unknown>;

  constructor(nats: NatsConnection) {
    this.#nats = nats;
    this.#clients = Promise.all(
      Array.from({ length: 24 }, (_, index) => this.#client(index % 2 === 0 ? 'call' : 'late')),
    );
  }

  /** Waits for so many answers. */
  async answered(count: number): Promise<void> {
    for (let wait = 0; (this.outcomes['answered'] ?? 0) < count; wait++) {
      if (wait === 4_000) expect.fail(`no ${count} answers within 20 s: ${JSON.stringify(this.outcomes)}`);
      await delay(5);
    }
  }

  async end(): Promise<Outcomes> {
    this.#goesOn = false;
    await this.#clients;
    return this.outcomes;
  }

  async #client(pattern: string): Promise<void> {
    for (let n = 0; this.#goesOn && n < 5_000; n++) {
      const outcome = await this.#request(pattern, n);
      this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
      // Nobody takes it: no reason to ask as fast as possible.
      if (outcome === 'nobody') await delay(5);
    }
  }

  async #request(pattern: string, n: number): Promise<string> {
    const subject = `${SUBJECT}.${pattern}`;
    const request = JSON.stringify({ pattern: subject, data: { n }, id: `${pattern}-${n}` });
    try {
      const answer = await this.#nats.request(subject, request, { timeout: 10_000 });
      const { err, response } = answer.json<{
        readonly err?: unknown;
        readonly response?: { readonly doubled: number };
      }>();
      return response?.doubled === n * 2 ? 'answered' : JSON.stringify(err ?? response);
    } catch (error) {
      if (error instanceof RequestError && error.isNoResponders()) return 'nobody';
      return String(error);
    }
  }
}

describeWithTool(NATS_SERVER, 'penguiflow/nestjs: shutdown with messages of NATS and jobs of BullMQ', () => {
  describeWithTool(REDIS_SERVER, 'under load', function () {
    this.timeout(90_000);
    let nats: NatsConnection;
    let queue: Queue;

    before(async () => {
      nats = await connect({ servers: NATS });
      queue = new Queue(QUEUE, { connection: redisConnection() });
      await queue.waitUntilReady();
    });
    after(async () => {
      await queue.obliterate({ force: true });
      await queue.close();
      await nats.close();
    });

    it('R8 SIGTERM over Redis: each message that reached the application is answered', async () => {
      const app = await startApp('redis');
      const pattern = `${SUBJECT}.late`;
      const [sender, receiver] = [new Redis(redisConnection()), new Redis(redisConnection())];
      try {
        const replies = new Map<string, unknown>();
        receiver.on('message', (_, text) => {
          const { id, response, err } = JSON.parse(text) as {
            readonly id: string;
            readonly response?: unknown;
            readonly err?: unknown;
          };
          if (response !== undefined || err !== undefined) replies.set(id, response ?? err);
        });
        await receiver.subscribe(`${pattern}.reply`);
        const received: string[] = [];
        let ended: Promise<void> | undefined;
        for (let n = 0; n < 20_000; n++) {
          const id = String(n);
          // Redis tells how many took it.
          const receivers = await sender.publish(pattern, JSON.stringify({ pattern, data: { n }, id }));
          if (receivers > 0) received.push(id);
          else if (n > 0) break;
          // As many as the application can have at a time, or a few more.
          for (let wait = 0; wait < 5_000 && received.length - replies.size > 32; wait++) await delay(1);
          if (replies.size >= 100) ended ??= terminate(app);
        }
        await ended;
        expect(received.length).to.be.greaterThan(100);
        await receiver.ping();
        expect(
          received.filter((id) => (replies.get(id) as { doubled?: number } | undefined)?.doubled !== Number(id) * 2),
        ).to.deep.equal([]);
      } finally {
        sender.disconnect();
        receiver.disconnect();
        await app.end();
      }
    });

    it('R8 an application that was told nothing of its microservices says what to do', async () => {
      const app = await startApp('nats', { DRAIN: 'no' });
      app.signal('SIGTERM');
      await app.ended;
      const warnings = app.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
      expect(warnings).to.deep.equal([
        'messages that come from now on are refused, like those of Messages.call: call `drainMicroservices(app)` in main.ts, once all microservices are connected',
      ]);
    });

    it('R8 jobs that take longer than drainS are told by their queue', async () => {
      const app = await startApp('nats', { DRAIN_S: '0.1' });
      const slow = await queue.add('double', { n: 1, ms: 60_000 });
      while (!(await slow.isActive())) await delay(5);
      app.signal('SIGTERM');
      expect((await app.ended)[0]).to.equal(0);
      const told = app.lines.find(({ message }) => String(message).startsWith('not all work was finished'));
      expect(told).to.deep.include({ level: 'warn', openQueues: [QUEUE] });
      await queue.obliterate({ force: true });
    });

    it('R8 SIGTERM: each message that was sent is answered, no job fails, and nothing is lost', async () => {
      let added = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const [first, second] = await Promise.all([startApp('nats'), startApp('nats')]);
        try {
          const load = new NatsLoad(nats);
          const jobs = Array.from({ length: 400 }, (_, n) => ({ name: 'double', data: { n } }));
          added += (await queue.addBulk(jobs)).length;
          await load.answered(300);
          // Two processes share the subject: the other one takes what this one leaves.
          await terminate(first);
          expect(load.outcomes, `round ${round}, one of two ends`).to.have.all.keys('answered');
          await load.answered((load.outcomes['answered'] ?? 0) + 100);
          // Then nobody is left, and the server says so to those who ask.
          await terminate(second);
          const { answered, nobody = 0, ...others } = await load.end();
          expect(others, `round ${round}`).to.deep.equal({});
          expect(answered).to.be.greaterThan(400);
          expect(nobody).to.be.at.least(0);
        } finally {
          await Promise.all([first.end(), second.end()]);
        }
        const { failed, active, ...rest } = await queue.getJobCounts(...STATES);
        expect({ failed, active }, `round ${round}`).to.deep.equal({ failed: 0, active: 0 });
        expect(Object.values(rest).reduce((sum, count) => sum + count, 0)).to.equal(added);
        expect(rest['completed']).to.be.greaterThan(0);
      }
    });
  });
});
