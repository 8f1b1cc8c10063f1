import { connect } from 'node:net';
import { expect } from 'chai';
import { FlowLogger, getLogger, type NodeContext } from '#src/index.js';
import type { LiveLines, LiveSnapshot } from '#src/inspector/api-live.js';
import type { RunnerView } from '#src/inspector/api.js';
import { ManualClock } from '#src/testing/index.js';
import { useFlows } from '../support/flows.js';
import { failing, held, line, node, pass } from '../support/nodes.js';
import { settle } from '../support/settling.js';
import { useLogging } from '../support/use-logging.js';
import { openStream, type EventStream } from './support/event-stream.js';
import { ask, TOKEN, useInspectors } from './support/inspectors.js';

describe('the stream of the inspector', () => {
  const flows = useFlows();
  const bench = useInspectors();
  useLogging();
  const open: EventStream[] = [];
  let clock: ManualClock;

  beforeEach(() => {
    clock = new ManualClock();
  });
  afterEach(() => {
    for (const stream of open.splice(0)) stream.close();
  });

  async function streamOf(url: string, query = '', headers: Record<string, string> = {}): Promise<EventStream> {
    const stream = await openStream(`${url}/api/stream?${query}`, headers);
    open.push(stream);
    await stream.until(() => stream.events.length > 0 || stream.isOver);
    return stream;
  }

  const snapshots = (stream: EventStream): readonly LiveSnapshot[] => stream.of('snapshot');
  const lines = (stream: EventStream): readonly string[] =>
    (stream.of('lines') as readonly LiveLines[]).flatMap((each) => each.lines.map(({ message }) => message));

  it('I11 begins with a comment and a snapshot, and is kept as it is by what lies between', async () => {
    const flow = await flows.run(line(pass('One'), pass('Two')));
    const stream = await streamOf(await bench.serve(bench.inspector({ flows: [flow] }, clock).handler));
    expect(stream.response.headers).to.include({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(stream.comments).to.equal(1);
    const [first] = snapshots(stream);
    expect(first?.flows[0]).to.include({
      name: flow.name,
      state: 'running',
      ready: true,
      active: 0,
      started: 0,
      rate: null,
    });
    expect(first?.flows[0]?.nodes.map(({ name, rate, p95Ms }) => [name, rate, p95Ms])).to.deep.equal([
      ['One', null, null],
      ['Two', null, null],
    ]);
  });

  it('I1 samples rates, latencies and failures while somebody looks, once a second', async () => {
    const { node: hangs, calls } = held('Slow');
    const flow = await flows.run(line(hangs, failing('Bad', { times: 1, maxRetries: 1, backoffBaseS: 1 })));
    const url = await bench.serve(bench.inspector({ flows: [flow] }, clock).handler);
    const stream = await streamOf(url);
    const until = async (count: number): Promise<LiveSnapshot> => {
      await clock.advance(1_000);
      await stream.until(() => snapshots(stream).length >= count);
      return snapshots(stream).at(-1) as LiveSnapshot;
    };
    const runs = [1, 2].map((each) => flow.call(each).catch(() => {}));
    await settle();
    const [busy] = (await until(2)).flows;
    expect(busy?.nodes[0]).to.include({ running: 1, queued: 1, held: 0 });
    await flows.clock.advance(30);
    calls[0]?.resolve(1);
    await settle();
    await flows.clock.advance(40);
    calls[1]?.resolve(2);
    await settle();
    const [waiting] = (await until(3)).flows;
    expect(waiting?.nodes[1]).to.include({ running: 0, held: 1, retried: 1, failing: false });
    await flows.clock.advance(1_000);
    await flows.clock.advance(1_000);
    await Promise.all(runs);
    const [live] = (await until(4)).flows;
    expect(live).to.include({ started: 2, active: 0, retries: 2, failures: 0 });
    // Two runs, and two successes of the node, in three seconds.
    expect([live?.rate, live?.nodes[0]?.rate]).to.deep.equal([0.6667, 0.6667]);
    const [slow] = live?.nodes ?? [];
    expect(slow?.p50Ms).to.be.within(26, 34);
    expect(slow?.p95Ms).to.be.within(36, 44);
    expect(slow?.histogram.reduce((sum, each) => sum + each)).to.equal(2);
    expect(slow?.histogram[8]).to.equal(2);
  });

  it('I1 shows who fails, and the runs that did', async () => {
    const flow = await flows.run(line(pass('Good'), failing('Bad')));
    const url = await bench.serve(bench.inspector({ flows: [flow] }, clock).handler);
    const stream = await streamOf(url);
    for (const traceId of ['a', 'b']) await flow.call(1, { traceId }).catch(() => {});
    while (snapshots(stream).at(-1)?.flows[0]?.latestFailures.length !== 2) {
      const { length } = snapshots(stream);
      await clock.advance(1_000);
      await stream.until(() => snapshots(stream).length > length);
      await settle();
    }
    const [live] = snapshots(stream).at(-1)?.flows ?? [];
    expect(live).to.include({ failures: 2 });
    expect(live?.latestFailures.map(({ traceId, errorNode }) => [traceId, errorNode])).to.deep.equal([
      ['b', 'Bad'],
      ['a', 'Bad'],
    ]);
    expect(live?.nodes.map(({ failing: fails }) => fails)).to.deep.equal([false, true]);
    await clock.advance(20_000);
    await stream.until(() => snapshots(stream).at(-1)?.flows[0]?.nodes[1]?.failing === false);
  });

  it('I1 costs nothing before the first client and after the last', async () => {
    const flow = await flows.run(line(pass('One')));
    const asked: string[] = [];
    const { on } = flow;
    flow.on = (...args) => {
      asked.push(args[0]);
      const handle = on.apply(flow, args);
      return {
        ...handle,
        dispose: () => {
          asked.pop();
          handle.dispose();
        },
      };
    };
    const url = await bench.serve(bench.inspector({ flows: [flow] }, clock).handler);
    expect([asked.length, clock.pending]).to.deep.equal([0, 0]);
    const stream = await streamOf(url, 'lines=info');
    expect([
      asked.length,
      getLogger().transports.some((each) => (each as { name?: string }).name === 'inspector'),
    ]).to.deep.equal([4, true]);
    stream.close();
    while (asked.length > 0) await settle();
    expect(getLogger().transports.some((each) => (each as { name?: string }).name === 'inspector')).to.equal(false);
    await clock.advance(2_000);
    expect(asked).to.have.length(0);
  });

  it('I11 sends the lines of this process as they come, of the level that is asked for, redacted', async () => {
    const says = node('Says', (payload: unknown, ctx: NodeContext) => {
      getLogger('shop').info('sold', { sku: payload, apiKey: 'k-hunter2', attempt: ctx.attempt });
      getLogger('shop').debug('more of it');
      return payload;
    });
    const flow = await flows.run(line(says), { middlewares: [FlowLogger] });
    const url = await bench.serve(bench.inspector({ flows: [flow] }, clock).handler);
    const [info, error, none] = [
      await streamOf(url, 'lines=info'),
      await streamOf(url, 'lines=error'),
      await streamOf(url),
    ];
    await flow.call('carp', { traceId: 't', tenant: 'acme' });
    getLogger('shop').error('out of stock');
    await clock.advance(1_000);
    await info.until(() => lines(info).includes('out of stock'));
    const sold = (info.of('lines') as readonly LiveLines[])
      .flatMap((each) => each.lines)
      .find(({ message }) => message === 'sold');
    expect(sold).to.include({
      level: 'info',
      logger: 'penguiflow.shop',
      flow: flow.name,
      node: 'Says',
      traceId: 't',
      tenant: 'acme',
    });
    expect(sold?.fields).to.include('"sku":"carp"').and.not.include('hunter2');
    expect(lines(info)).not.to.include('more of it');
    await error.until(() => lines(error).length > 0);
    expect([lines(error), lines(none)]).to.deep.equal([['out of stock'], []]);
    expect((await ask(`${url}/api/stream?lines=loud`)).status).to.equal(400);
  });

  it('I11 goes on where it was for those who come back, and says what is lost', async () => {
    const url = await bench.serve(bench.inspector({}, clock).handler);
    const keeps = await streamOf(url, 'lines=info');
    const first = await streamOf(url, 'lines=info');
    const log = getLogger('shop');
    log.info('one');
    await clock.advance(1_000);
    await first.until(() => lines(first).includes('one'));
    const { id } = first.events.at(-1)!;
    first.close();
    log.info('two');
    const again = await streamOf(url, 'lines=info', { 'last-event-id': id });
    await again.until(() => lines(again).length > 0);
    expect(lines(again)).to.deep.equal(['two']);
    for (let index = 0; index < 600; index++) log.info(`line ${index}`);
    const late = await streamOf(url, 'lines=info', { 'last-event-id': id });
    await late.until(() => lines(late).length > 0);
    const [{ lines: sent, leftOut }] = late.of('lines') as readonly LiveLines[] as readonly [LiveLines];
    expect([sent.length, leftOut, sent.at(-1)?.message]).to.deep.equal([200, 401, 'line 599']);
    const foreign = await streamOf(url, 'lines=info', { 'last-event-id': 'another-3' });
    await foreign.until(() => lines(foreign).length > 0);
    expect(lines(foreign)).to.have.length(200);
    expect(keeps.isOver).to.equal(false);
  });

  it('I10 has nothing of other tenants', async () => {
    const flow = await flows.run(line(failing('Bad')));
    const inspector = bench.inspector(
      { flows: [flow], authorize: () => ({ subject: 'ada', tenants: ['acme'] }) },
      clock,
    );
    const url = await bench.serve(inspector.handler);
    const stream = await streamOf(url, 'lines=info');
    for (const tenant of ['acme', 'umbrella']) {
      await flow.call(1, { traceId: `of-${tenant}`, tenant }).catch(() => {});
      getLogger('shop').info(`line of ${tenant}`, { tenant });
    }
    getLogger('shop').info('line of nobody');
    while (snapshots(stream).at(-1)?.flows[0]?.latestFailures.length !== 1) {
      const { length } = snapshots(stream);
      await clock.advance(1_000);
      await stream.until(() => snapshots(stream).length > length);
      await settle();
    }
    expect(lines(stream)).to.deep.equal(['line of acme']);
    expect(JSON.stringify(snapshots(stream)))
      .to.include('of-acme')
      .and.not.include('umbrella');
  });

  it('I11 has sixteen clients at most, and room again when one has gone', async () => {
    const url = await bench.serve(bench.inspector({}, clock).handler);
    for (let index = 0; index < 16; index++) await streamOf(url);
    const refused = await ask(`${url}/api/stream`);
    expect([refused.status, refused.headers['retry-after']]).to.deep.equal([503, '10']);
    open[0]?.close();
    let status = 503;
    while (status === 503) {
      const again = await openStream(`${url}/api/stream`);
      open.push(again);
      status = again.response.statusCode as number;
    }
    expect(status).to.equal(200);
  });

  it('I11 a client that reads nothing gets the newest snapshot when it reads again, and holds up nobody', async () => {
    const flow = await flows.run(line(...Array.from({ length: 200 }, (_, index) => pass(`Node${index}`))));
    const url = await bench.serve(bench.inspector({ flows: [flow] }, clock).handler);
    const fast = await streamOf(url);
    const slow = await streamOf(url);
    slow.response.pause();
    const asked = 150;
    for (let second = 0; second < asked; second++) {
      await clock.advance(1_000);
      await fast.until(() => snapshots(fast).length >= second + 2);
    }
    const newest = snapshots(fast).at(-1)?.atMs as number;
    slow.response.resume();
    await slow.until(() => snapshots(slow).at(-1)?.atMs === newest);
    expect(snapshots(slow).length).to.be.lessThan(asked);
  });

  it('I11 says that it is there where nothing else is to be said', async () => {
    const stream = await streamOf(await bench.serve(bench.inspector({}, clock).handler));
    const { comments } = stream;
    await clock.advance(31_000);
    await stream.until(() => stream.comments > comments);
  });

  it('I2 ends after ten minutes where `authorize` decides, so that it is asked again', async () => {
    const inspector = bench.inspector({ authorize: () => ({ subject: 'ada' }) }, clock);
    const stream = await streamOf(await bench.serve(inspector.handler));
    const forever = await streamOf(await bench.serve(bench.inspector({ token: TOKEN }, clock).handler));
    await clock.advance(601_000);
    await stream.until(() => stream.isOver);
    expect(forever.isOver).to.equal(false);
  });

  it('I13 each snapshot has its time and its process, and a stream ends with its inspector', async () => {
    const inspector = bench.inspector({}, clock);
    const url = await bench.serve(inspector.handler);
    const stream = await streamOf(url);
    const [first] = snapshots(stream) as readonly [LiveSnapshot];
    expect(first.atMs).to.equal(clock.now());
    expect(first.runner satisfies RunnerView).to.include({ pid: process.pid });
    await inspector.close();
    await stream.until(() => stream.isOver);
  });

  it('I11 a client that breaks its connection off is gone', async () => {
    const url = await bench.serve(bench.inspector({}, clock).handler);
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`GET /api/stream HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\n\r\n`);
    await new Promise((resolve) => {
      socket.once('data', resolve);
    });
    expect(clock.pending).to.equal(0);
    socket.resetAndDestroy();
    for (let index = 0; index < 16; index++) {
      let status = 503;
      while (status === 503) {
        const stream = await openStream(`${url}/api/stream`);
        open.push(stream);
        status = stream.response.statusCode as number;
      }
    }
  });
});
