import type { PackageManifest } from '../package-manifest.js';
import {
  DISTRIBUTED_GROUPS,
  DISTRIBUTED_IMPORT,
  DISTRIBUTED_MAIN,
  DISTRIBUTED_TEST,
  DISTRIBUTED_WORKER,
} from './distributed-files.js';

/** What a project is made with. */
export type ProjectKind = 'plain' | 'store' | 'distributed' | 'nest';

const ORDERS = `import { Flow, Node, start, type FlowNode, type NodeContext } from 'penguiflow';

export interface Order {
  readonly sku: string;
  readonly quantity: number;
}

export interface PricedOrder extends Order {
  readonly cents: number;
}

/** A service: the container makes it and hands it to whoever names it in a constructor. */
SERVICEexport class Catalog {
  priceOf(sku: string): number {
    return sku.length * 100;
  }
}

@Node({ timeoutS: 2, maxRetries: 2 })
export class Price implements FlowNode<Order, PricedOrder> {
  constructor(private readonly catalog: Catalog) {}

  process(order: Order, ctx: NodeContext): PricedOrder {
    ctx.logger.info('pricing', { sku: order.sku });
    return { ...order, cents: this.catalog.priceOf(order.sku) * order.quantity };
  }
}

@Node()
export class Confirm implements FlowNode<PricedOrder, string> {
  process({ sku, quantity, cents }: PricedOrder): string {
    return \`\${quantity} x \${sku}: \${(cents / 100).toFixed(2)}\`;
  }
}

@Flow()
export class Orders {
  readonly graph = start(Price).to(Confirm);
}
`;

const MAIN = `import 'reflect-metadata';
import { configureLogging, createFlow, FlowLogger, shutdownLogging } from 'penguiflow';
import { Orders } from './orders.js';

configureLogging({ level: 'info' });

const flow = createFlow(Orders, { middlewares: [FlowLogger] });
await flow.run();
console.log(await flow.call({ sku: 'fish', quantity: 3 }));
await flow.stop();
await shutdownLogging();
`;

const STORE_MAIN = `import 'reflect-metadata';
import { configureLogging, createFlow, FlowLogger, shutdownLogging } from 'penguiflow';
import { FlowHistory, sqliteStore } from 'penguiflow/store';
import { Orders } from './orders.js';

// npx penguiflow traces shows what is in there: penguiflow.config.json says where it lies.
const history = new FlowHistory(sqliteStore({ file: 'penguiflow.db' }), { keep: { successS: 7 * 86_400 } });
configureLogging({ level: 'info', transports: [history.logTransport({ level: 'info' })] });

const flow = createFlow(Orders, { middlewares: [FlowLogger], history });
await flow.run();
console.log(await flow.call({ sku: 'fish', quantity: 3 }, { labels: { sku: 'fish' } }));
await flow.stop();
await history.close();
await shutdownLogging();
`;

const TEST = `import 'reflect-metadata';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configureLogging } from 'penguiflow';
import { runOne, testContext } from 'penguiflow/testing';
import { Catalog, Orders, Price } from './orders.js';

configureLogging({ level: 'silent' });

test('an order is priced and confirmed', async () => {
  const run = await runOne(Orders, { sku: 'fish', quantity: 3 });
  assert.equal(run.value, '3 x fish: 12.00');
});

test('one node alone, with a catalog of its own', () => {
  const catalog: Catalog = { priceOf: () => 1 };
  const ctx = testContext();
  assert.equal(new Price(catalog).process({ sku: 'krill', quantity: 2 }, ctx).cents, 2);
  assert.equal(ctx.lines[0]?.message, 'pricing');
});
`;

const NEST_CONTROLLER = `import { Body, Controller, Post } from '@nestjs/common';
import { CallFlow } from 'penguiflow/nestjs';
import { Orders, type Order } from './orders.js';

@Controller('orders')
export class OrdersController {
  /** What it returns goes into the flow; what comes out is the answer. */
  @Post()
  @CallFlow(Orders, { timeoutS: 5 })
  order(@Body() order: Order): Order {
    return order;
  }
}
`;

const NEST_MODULE = `import { Module } from '@nestjs/common';
import { FlowLogger } from 'penguiflow';
import { PenguiFlowModule } from 'penguiflow/nestjs';
import { OrdersController } from './orders.controller.js';
import { Catalog, Confirm, Orders, Price } from './orders.js';

@Module({
  imports: [
    PenguiFlowModule.forRoot({ logging: { level: 'info' }, middlewares: [FlowLogger] }),
    PenguiFlowModule.forFeature([Orders]),
  ],
  controllers: [OrdersController],
  providers: [Catalog, Orders, Price, Confirm],
})
export class AppModule {}
`;

const NEST_MAIN = `import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { PenguiFlowLogger } from 'penguiflow/nestjs';
import { AppModule } from './app.module.js';

const app = await NestFactory.create(AppModule, { bufferLogs: true, forceCloseConnections: true });
app.useLogger(app.get(PenguiFlowLogger));
app.enableShutdownHooks();
await app.listen(process.env['PORT'] ?? 3000, '127.0.0.1');
// curl -H 'content-type: application/json' -d '{"sku":"fish","quantity":3}' http://127.0.0.1:3000/orders
`;

const NEST_TEST = `import 'reflect-metadata';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Test } from '@nestjs/testing';
import { configureLogging } from 'penguiflow';
import { getFlowToken, type FlowHandle } from 'penguiflow/nestjs';
import { AppModule } from './app.module.js';
import { Catalog, Orders } from './orders.js';

test('an order is priced and confirmed, with a catalog of the test', async () => {
  const catalog: Catalog = { priceOf: () => 1 };
  const testing = await Test.createTestingModule({ imports: [AppModule] }).overrideProvider(Catalog).useValue(catalog).compile();
  const app = testing.createNestApplication({ logger: false });
  await app.init();
  configureLogging({ level: 'silent' });
  const orders = app.get<FlowHandle<typeof Orders>>(getFlowToken(Orders));
  assert.equal(await orders.call({ sku: 'fish', quantity: 3 }), '3 x fish: 0.03');
  await app.close();
});
`;

const GITIGNORE = ['node_modules', 'dist', 'penguiflow.db*', 'penguiflow-work.db*', '*.log', ''].join('\n');

const COMPILER_OPTIONS = {
  target: 'ES2022',
  lib: ['ES2023', 'ESNext.Disposable'],
  module: 'NodeNext',
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  sourceMap: true,
  types: ['node'],
  rootDir: 'src',
  outDir: 'dist',
};

const ALWAYS = ['reflect-metadata', 'winston'];
const PACKAGES: Readonly<Record<ProjectKind, readonly string[]>> = {
  plain: [...ALWAYS, 'tsyringe'],
  // Node has SQLite from 22.13 on, older ones do not.
  store: [...ALWAYS, 'tsyringe', 'libsql'],
  distributed: [...ALWAYS, 'tsyringe', 'libsql'],
  nest: [...ALWAYS, '@nestjs/common', '@nestjs/core', '@nestjs/platform-express', 'rxjs'],
};

/** The files of a project, by path. */
export function projectFiles(kind: ProjectKind, name: string, versions: PackageManifest): ReadonlyMap<string, string> {
  const common: [string, string][] = [
    ['package.json', manifest(kind, name, versions)],
    ['tsconfig.json', json({ compilerOptions: COMPILER_OPTIONS, include: ['src'] })],
    ['.gitignore', GITIGNORE],
  ];
  if (kind === 'nest') {
    const orders = ORDERS.replace('SERVICE', '@Injectable()\n');
    return new Map([
      ...common,
      ['src/orders.ts', `import { Injectable } from '@nestjs/common';\n${orders}`],
      ['src/orders.controller.ts', NEST_CONTROLLER],
      ['src/app.module.ts', NEST_MODULE],
      ['src/main.ts', NEST_MAIN],
      ['src/orders.test.ts', NEST_TEST],
    ]);
  }
  if (kind === 'distributed') {
    const orders = ORDERS.replace('SERVICE', '').replace('@Flow()', `${DISTRIBUTED_GROUPS}@Flow()`);
    return new Map([
      ...common,
      ['src/orders.ts', orders.replace("from 'penguiflow';\n", `from 'penguiflow';\n${DISTRIBUTED_IMPORT}`)],
      ['src/main.ts', DISTRIBUTED_MAIN],
      ['src/worker.ts', DISTRIBUTED_WORKER],
      ['src/orders.test.ts', DISTRIBUTED_TEST],
    ]);
  }
  return new Map([
    ...common,
    ['src/orders.ts', ORDERS.replace('SERVICE', '')],
    ['src/main.ts', kind === 'store' ? STORE_MAIN : MAIN],
    ['src/orders.test.ts', TEST],
    ...(kind === 'store' ? [['penguiflow.config.json', json({ store: 'penguiflow.db' })] as const] : []),
  ]);
}

function manifest(
  kind: ProjectKind,
  name: string,
  { version, peerDependencies, devDependencies }: PackageManifest,
): string {
  const pick = (names: readonly string[], from: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(names.toSorted().map((each) => [each, from[each] ?? devDependencies[each]!]));
  return json({
    name,
    version: '0.0.0',
    private: true,
    type: 'module',
    scripts: {
      build: 'tsc',
      start: 'tsc && node --enable-source-maps dist/main.js',
      test: 'tsc && node --enable-source-maps --test dist/orders.test.js',
    },
    dependencies: {
      penguiflow: `^${version}`,
      ...pick(PACKAGES[kind], kind === 'nest' ? devDependencies : peerDependencies),
    },
    devDependencies: pick(
      ['@types/node', 'typescript', ...(kind === 'nest' ? ['@nestjs/testing'] : [])],
      devDependencies,
    ),
  });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
