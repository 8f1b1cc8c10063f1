import { once } from 'node:events';
import { request as httpRequest, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Module, type INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import compression from 'compression';
import { expect } from 'chai';
import express from 'express';
import fastify from 'fastify';
import helmet from 'helmet';
import type { Browser, Page } from 'playwright-core';
import { CLOCK, FLOW_LOG, SystemClock, type NodeContext } from '#src/index.js';
import type { Inspector } from '#src/inspector/index.js';
import { CHROMIUM, launchChromium } from '../../support/chromium.js';
import { useFlows, type TestFlow } from '../../support/flows.js';
import { MemoryLog } from '../../support/memory-log.js';
import { describeWithTool } from '../../support/needs-tool.js';
import { line, node, pass } from '../../support/nodes.js';
import { codeOf } from '../../support/settling.js';
import { TOKEN, useInspectors } from '../support/inspectors.js';

const PAGE = pathToFileURL(join(process.cwd(), 'lib/inspector/page/'));
const PATH = '/_penguiflow';

/** Scrolls through all rows, and gives the longest time until one turn was painted. */
const SCROLLED = `(async () => {
  const list = document.querySelector('.wf-rows');
  let longest = 0;
  for (let turn = 1; turn <= 60; turn++) {
    const began = performance.now();
    list.scrollTop = (list.scrollHeight * turn) / 60;
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
    longest = Math.max(longest, performance.now() - began);
  }
  return longest;
})()`;

/** Takes the inspector, and gives the URL of its page, without the slash at the end. */
type Mount = (inspector: Inspector) => Promise<string>;

describeWithTool(CHROMIUM, 'page of the inspector, mounted', function () {
  this.timeout(60_000);
  const problems: string[] = [];
  const closers: (() => Promise<unknown>)[] = [];

  // Before the servers, which the page would miss.
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
    expect(problems.splice(0)).to.deep.equal([]);
  });
  const flows = useFlows();
  const bench = useInspectors();
  let browser: Browser;

  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser?.close());
  beforeEach(() => {
    bench.page = PAGE;
  });

  /** In real time. One order fails, one waits until it is told to stop. */
  function run(): Promise<TestFlow> {
    const charge = node('Charge', async (order: unknown, { signal }: NodeContext) => {
      if (order === 'bad') throw new Error('card network: 503');
      if (order === 'slow') await once(signal, 'abort');
      return order;
    });
    return flows.run(line(pass('Validate'), charge), {
      providers: [
        { token: CLOCK, useValue: new SystemClock() },
        { token: FLOW_LOG, useValue: new MemoryLog() },
      ],
    });
  }

  async function open(url: string, below: string): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    closers.push(() => page.close());
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(below)) problems.push(`request to ${request.url()}`);
      if (request.url().includes(TOKEN)) problems.push(`token in ${request.url()}`);
      if (request.headers()['referer']?.includes(TOKEN)) problems.push('token in a referrer');
    });
    await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) => {
      console.error('forbidden by ' + event.violatedDirective + ': ' + event.blockedURI);
    })`);
    await page.goto(url);
    return page;
  }

  const nest =
    (adapter: () => FastifyAdapter | undefined): Mount =>
    async (inspector) => {
      @Module({})
      class App {}
      const made = await Test.createTestingModule({ imports: [App] }).compile();
      const fast = adapter();
      const app: INestApplication =
        fast === undefined ? made.createNestApplication() : made.createNestApplication(fast);
      app.setGlobalPrefix('api');
      app.getHttpAdapter().use(PATH, inspector.handler);
      bench.keep({ close: () => app.close() });
      await app.listen(0, '127.0.0.1');
      return `${await app.getUrl()}${PATH}`;
    };

  const mounts: readonly (readonly [name: string, mount: Mount])[] = [
    [
      'Express with helmet and compression',
      async (inspector) => {
        const app = express();
        app.use(helmet(), compression({ threshold: 0 }), express.json());
        app.use(PATH, inspector.handler);
        return `${await bench.serve(app as RequestListener)}${PATH}`;
      },
    ],
    [
      'Fastify',
      async (inspector) => {
        const app = fastify({ forceCloseConnections: true });
        bench.keep(app);
        await app.register(inspector.fastify as never, { prefix: PATH });
        return `${await app.listen({ port: 0, host: '127.0.0.1' })}${PATH}`;
      },
    ],
    ['NestJS on Express', nest(() => undefined)],
    ['NestJS on Fastify', nest(() => new FastifyAdapter({ forceCloseConnections: true }))],
    [
      'node:http',
      async (inspector) => `${await bench.serve((request, response) => inspector.handler(request, response))}${PATH}`,
    ],
    [
      'a proxy that takes a prefix off',
      async (inspector) => {
        const app = express();
        app.use(PATH, inspector.handler);
        const behind = new URL(await bench.serve(app as RequestListener));
        const origin = await bench.serve((request, response) => {
          const sent = httpRequest(
            {
              ...{ hostname: behind.hostname, port: behind.port, method: request.method, headers: request.headers },
              path: (request.url ?? '').replace(/^\/outer/, ''),
            },
            (answer) => {
              response.writeHead(answer.statusCode as number, answer.headers);
              answer.pipe(response);
            },
          );
          sent.on('error', () => response.destroy());
          request.pipe(sent);
        });
        return `${origin}/outer${PATH}`;
      },
    ],
  ];

  for (const [name, mount] of mounts) {
    it(`I8 I14 I16 ${name}: numbers move, a trace that failed says why, one that hangs is cancelled; nothing is forbidden, or asked elsewhere`, async () => {
      const flow = await run();
      const path = name === 'node:http' ? { path: PATH } : {};
      const url = await mount(bench.inspector({ flows: [flow], actions: ['cancel'], ...path }));
      // Without the slash: a redirect keeps what is behind the `#`.
      const page = await open(`${url}#token=${TOKEN}`, url);
      await page.getByText('live', { exact: true }).waitFor();
      expect(page.url()).to.equal(`${url}/#/`);
      await flow.call('bad', { traceId: 'order-2', tenant: 'acme' }).catch(() => {});
      await page.locator('a.node.failing', { hasText: '1 failed' }).waitFor();
      await page.locator('.failures a', { hasText: 'card network: 503' }).click();
      await page.locator('.trace-error', { hasText: 'card network: 503' }).waitFor();

      const ended = codeOf(flow.call('slow', { traceId: 'order-3', tenant: 'acme' }));
      await page.getByRole('link', { name: 'Traces' }).click();
      await page.locator('a.run-row', { hasText: 'order-3' }).click();
      await page.getByRole('button', { name: 'Cancel …' }).click();
      await page.getByRole('button', { name: 'Cancel the trace' }).click();
      expect(await ended).to.equal('TRACE_CANCELLED');
      await page.locator('.trace-head', { hasText: 'cancelled' }).waitFor();
    });
  }

  it('ten thousand attempts of a real run are there, of which the document has only those that can be seen', async () => {
    const rows = Array.from({ length: 9_999 }, (_, index) => index);
    const flow = await flows.run(
      line(
        node('Split', async (_payload: unknown, context: NodeContext) => {
          for (const row of rows) await context.emit(row);
        }),
        node('Row', () => {}, { concurrency: 64 }),
      ),
      {
        providers: [
          { token: CLOCK, useValue: new SystemClock() },
          { token: FLOW_LOG, useValue: new MemoryLog() },
        ],
      },
    );
    const inspector = bench.inspector({ flows: [flow] });
    const { url } = await inspector.listen();
    const ended = new Promise((resolve) => {
      flow.on('trace_end', resolve);
    });
    await flow.emit(1, { traceId: 'rows' });
    await ended;
    const page = await open(url, url.split('#')[0] as string);
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Traces' }).click();
    await page.locator('a.run-row', { hasText: 'rows' }).waitFor();
    await page.locator('a.run-row').click();
    await page.locator('.wf-row[data-seq="1"]').waitFor();
    await page.getByRole('group', { name: /^10,?000 attempts/ }).waitFor();
    // As a wheel does: each turn is painted before the next.
    const longestMs = await page.evaluate<number>(SCROLLED);
    await page.locator('.wf-row[data-seq="10000"]').waitFor();
    expect(await page.locator('.wf-row').count()).to.be.lessThan(80);
    expect(longestMs).to.be.lessThan(400);
  });
});
