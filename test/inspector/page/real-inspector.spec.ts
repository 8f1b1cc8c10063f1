import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { CLOCK, FLOW_LOG, SystemClock } from '#src/index.js';
import { InspectorServer } from '#src/inspector/inspector.js';
import { CHROMIUM, launchChromium } from '../../support/chromium.js';
import { useFlows, type TestFlow } from '../../support/flows.js';
import { MemoryLog } from '../../support/memory-log.js';
import { describeWithTool } from '../../support/needs-tool.js';
import { failing, line, node, pass } from '../../support/nodes.js';
import { useInspectors } from '../support/inspectors.js';

const PAGE = pathToFileURL(join(process.cwd(), 'lib/inspector/page/'));

describeWithTool(CHROMIUM, 'page of the inspector, on a real one', function () {
  this.timeout(60_000);
  const flows = useFlows();
  const bench = useInspectors();
  let browser: Browser;
  const problems: string[] = [];
  const closers: (() => Promise<unknown>)[] = [];

  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser?.close());
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
    expect(problems.splice(0)).to.deep.equal([]);
  });

  /** A flow in real time: its second node fails now and then, its last one always for `bad` orders. */
  async function run(): Promise<TestFlow> {
    const flaky = failing('Price', {
      times: 1,
      maxRetries: 2,
      backoffBaseS: 0.01,
      error: new Error('price list is away'),
    });
    const charge = node(
      'Charge',
      (order: unknown) => {
        if (order === 'bad') throw new Error('card network: 503');
        return order;
      },
      { maxRetries: 1, backoffBaseS: 0.01, timeoutS: 5 },
    );
    return flows.run(line(pass('Validate'), flaky, charge), {
      providers: [
        { token: CLOCK, useValue: new SystemClock() },
        { token: FLOW_LOG, useValue: new MemoryLog() },
      ],
    });
  }

  async function open(flow: TestFlow): Promise<Page> {
    const inspector = new InspectorServer(
      { flows: [flow], actions: ['cancel', 'replay'], title: 'Shop' },
      { page: PAGE, discoveryFolder: join(bench.folder, 'run') },
    );
    closers.push(() => inspector.close());
    const { url } = await inspector.listen();
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    closers.push(() => page.close());
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(url);
    await page.getByText('live', { exact: true }).waitFor();
    return page;
  }

  it('shows a flow live, a trace that failed and why, and replays it', async () => {
    const flow = await run();
    const page = await open(flow);
    await page.locator('a.node', { hasText: 'Charge' }).waitFor();
    await flow.call('good', { traceId: 'order-1', tenant: 'acme' });
    await flow.call('bad', { traceId: 'order-2', tenant: 'acme' }).catch(() => {});
    await page.locator('a.node.failing', { hasText: '1 failed' }).waitFor();
    await page.locator('.failures a', { hasText: 'card network: 503' }).click();

    await page.locator('.trace-error', { hasText: 'card network: 503' }).waitFor();
    const attempts = await page.locator('.wf-row .visually-hidden').allTextContents();
    expect(attempts.map((each) => each.split(':')[0])).to.deep.equal([
      'Validate',
      'Price',
      'Price, retry 1',
      'Charge',
      'Charge, retry 1',
    ]);
    expect(attempts[4]).to.match(/backoff [\d.]+ ms, failed after [\d.]+ ms, timeout 5\.00 s/);

    await page.getByRole('tab', { name: /Payloads/ }).click();
    await page.getByRole('button', { name: 'Show' }).first().click();
    await page.locator('pre', { hasText: '"bad"' }).waitFor();

    await page.getByRole('button', { name: 'Replay …', exact: true }).click();
    await page.locator('.plan li', { hasText: 'Charge' }).waitFor();
    await page.getByRole('button', { name: 'Replay 1 node' }).click();
    await page.getByText('Replays').waitFor();
    await page.getByText(/replayed .* of flow-/).waitFor();
  });

  it('finds traces, and says what the store has', async () => {
    const flow = await run();
    const page = await open(flow);
    for (const [order, traceId] of [
      ['good', 'order-1'],
      ['bad', 'order-2'],
      ['good', 'other-3'],
    ] as const) {
      await flow.call(order, { traceId, tenant: 'acme', labels: { channel: 'web' } }).catch(() => {});
    }
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.locator('a.run-row').nth(2).waitFor();
    await page.getByLabel('Trace id begins with').fill('order-');
    await page.locator('a.run-row', { hasText: 'other-3' }).waitFor({ state: 'detached' });
    expect(await page.locator('a.run-row .run-id').allTextContents()).to.deep.equal(['order-2', 'order-1']);
    await page.getByLabel('Failure says').fill('NETWORK');
    await page.locator('a.run-row', { hasText: 'order-1' }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Store' }).click();
    await page.getByText('in memory: it ends with the process').waitFor();
    await page.getByText('this page', { exact: true }).waitFor();
  });
});
