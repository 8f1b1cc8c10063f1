import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { describeWithTool } from '../support/needs-tool.js';
import { CHROMIUM, launchChromium } from '../support/chromium.js';
import { ServerProcess } from './nestjs-orders/server-process.js';

/** A folder for pictures of the page, for people to look at. */
const PICTURES = process.env['SCREENSHOTS'];

describeWithTool(CHROMIUM, 'samples/nestjs-orders: the page', function () {
  this.timeout(60_000);
  let server: ServerProcess;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  before(async () => {
    server = await ServerProcess.start({ LATENCY_MS: '100' });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await server?.end();
  });
  beforeEach(async () => {
    problems.length = 0;
    page = await browser.newPage({ viewport: { width: 760, height: 820 } });
    page.setDefaultTimeout(10_000);
    page.on('console', (message) => void (message.type() === 'error' && problems.push(message.text())));
    page.on('pageerror', (error) => void problems.push(String(error)));
    await page.goto(server.url);
  });
  afterEach(async () => {
    await page.close();
    expect(problems).to.deep.equal([]);
  });

  /** Orders, and returns what the page shows at the end. */
  async function place(fields: Readonly<Record<string, string>>): Promise<{ steps: string[]; outcome: string }> {
    for (const [name, value] of Object.entries(fields)) {
      const field = page.locator(`[name=${name}]`);
      await (name === 'quantity' ? field.fill(value) : field.selectOption(value));
    }
    await page.getByRole('button', { name: 'Order' }).click();
    await page.locator('#outcome:not(:empty)').waitFor();
    return shown();
  }

  async function shown(): Promise<{ steps: string[]; outcome: string }> {
    const steps = await page.locator('#steps li span').allTextContents();
    return { steps, outcome: (await page.locator('#outcome').textContent()) ?? '' };
  }

  async function picture(name: string): Promise<void> {
    if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }

  it('shows each step of an order', async () => {
    const { steps, outcome } = await place({ card: 'tok_flaky' });
    expect(steps).to.deep.equal([
      'priced: 6.98',
      'charging',
      'charging again (1)',
      'charging again (2)',
      'charged',
      'shipped',
    ]);
    expect(outcome).to.match(/^On its way as track-web-\w+\.$/);
    const traceId = (await page.locator('#trace').textContent())!;
    expect(server.of(traceId).map(({ message }) => message)).to.include('order taken');
    await picture('shipped');
  });

  it('shows why an order was refunded', async () => {
    const { steps, outcome } = await place({ card: 'tok_declined' });
    expect(steps).to.deep.equal(['priced: 6.98', 'charging', 'declined', 'refunded']);
    expect(outcome).to.equal('Refunded: no money.');
  });

  it('shows what is wrong with an order, and that the bank is down', async () => {
    const invalid = await place({ quantity: '0' });
    expect(invalid.steps).to.deep.equal(['failed']);
    expect(invalid.outcome).to.equal(
      'The request is not valid. (VALIDATION_FAILED) lines[0].quantity: quantity must not be less than 1',
    );
    await picture('invalid');
    const down = await place({ quantity: '1', card: 'tok_down' });
    expect(down.outcome).to.equal('A step of the work failed. (NODE_EXCEPTION)');
    await picture('failed');
  });

  it('shows the steps while the order goes on, and Cancel ends it on the server, too', async () => {
    await page.locator('[name=card]').selectOption('tok_silent');
    await page.getByRole('button', { name: 'Order' }).click();
    await page.getByText('charging').waitFor();
    expect(await shown()).to.deep.equal({ steps: ['priced: 6.98', 'charging'], outcome: '' });
    const traceId = await page.locator('#trace').textContent();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Cancelled.').waitFor();
    await server.line(({ message, trace_id }) => message === 'trace_cancel_finish' && trace_id === traceId);
    await picture('cancelled');
  });
});
