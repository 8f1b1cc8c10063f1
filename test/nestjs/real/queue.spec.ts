import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { describeWithTool } from '../../support/needs-tool.js';
import { REDIS, REDIS_SERVER } from '../consumers/brokers.js';
import { appsProject, importApp } from '../support/apps-project.js';

interface QueueApp {
  readonly run: (order: { readonly sku: string }) => Promise<unknown>;
  readonly explored: number;
  readonly close: () => Promise<void>;
}

interface AppModule {
  startQueueApp(connection: { readonly host: string; readonly port: number }, prefix: string): Promise<QueueApp>;
}

describeWithTool(appsProject, 'penguiflow/nestjs: BullMQ and DiscoveryModule', () => {
  describeWithTool(REDIS_SERVER, 'on Redis', function () {
    this.timeout(60_000);

    let app: QueueApp | undefined;
    afterEach(async () => {
      await app?.close();
      app = undefined;
    });

    it('the application starts while its providers are looked at, and a job calls the flow', async () => {
      const { startQueueApp } = await importApp<AppModule>('queue-app');
      const connection = { host: REDIS.hostname, port: Number(REDIS.port) };
      // Whoever else uses this Redis has other keys.
      app = await startQueueApp(connection, `penguiflow-test-${randomUUID()}`);
      expect(app.explored).to.be.above(0);
      expect(await app.run({ sku: 'abc' })).to.deep.equal({ sku: 'abc', cents: 300 });
      const failed = await app.run({ sku: 'broken' }).catch((error: unknown) => error as Error);
      expect(failed).to.be.instanceOf(Error);
      expect((await app.run({ sku: 'ab' })) as object).to.include({ cents: 200 });
    });
  });
});
