import { expect } from 'chai';
import { post } from '../nestjs/support/run-app.js';
import { describeWithTool } from '../support/needs-tool.js';
import { POSTGRES, TestDatabase } from './nestjs-orders/database.js';
import { orderUntilItEnds, takenBy } from './nestjs-orders/order-load.js';
import { ServerProcess } from './nestjs-orders/server-process.js';

describeWithTool(POSTGRES, 'samples/nestjs-orders on Postgres', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let server: ServerProcess;

  beforeEach(async () => {
    database = await TestDatabase.create();
    server = await ServerProcess.start({ DATABASE_URL: database.url, LATENCY_MS: '100', DRAIN_S: '8' });
  });
  afterEach(async () => {
    await server.end();
    await database.drop();
  });

  it('keeps how far an order has got, and tells it', async () => {
    const order = { id: 'a-1', card: 'tok_declined', lines: [{ sku: 'herring-tin', quantity: 2 }] };
    expect((await post(`${server.url}/orders`, order)).status).to.equal(200);
    const found = await fetch(`${server.url}/orders/a-1`);
    expect(await found.json()).to.deep.equal({ id: 'a-1', status: 'refunded', cents: 698 });
    expect((await fetch(`${server.url}/orders/nobody`)).status).to.equal(404);
    expect(await database.rows('select id, status, cents from orders')).to.deep.equal([
      { id: 'a-1', status: 'refunded', cents: 698 },
    ]);
  });

  it('R8 SIGTERM under load: each order that was taken is written to its end before the pool is closed', async () => {
    const load = orderUntilItEnds(server);
    await server.line(() => takenBy(server).length >= 100);
    server.signal('SIGTERM');
    const { answered } = await load;
    expect((await server.ended)[0]).to.equal(0);

    const taken = takenBy(server);
    const rows = await database.rows<{ readonly id: string }>("select id from orders where status = 'shipped'");
    expect(new Set(rows.map(({ id }) => id))).to.deep.equal(new Set(taken));
    expect(await database.rows("select id from orders where status <> 'shipped'")).to.deep.equal([]);
    const shipped = answered.filter(({ status }) => status === 200).map(({ id }) => id);
    expect(new Set(shipped)).to.deep.equal(new Set(taken));
    const complaints = server.lines.filter(({ level, message }) => level !== 'info' && message !== 'loop_blocked');
    expect(complaints).to.deep.equal([]);
    expect(server.lines.at(-1)).to.include({ message: 'closed', context: 'Postgres' });
    expect(server.stderr).to.equal('');
  });
});
