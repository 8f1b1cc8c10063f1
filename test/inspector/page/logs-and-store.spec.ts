import { expect } from 'chai';
import type { LineView } from '#src/inspector/api-live.js';
import { CHROMIUM } from '../../support/chromium.js';
import { describeWithTool } from '../../support/needs-tool.js';
import { usePages, type Opened } from './support/use-pages.js';

function line(message: string, node: string, level = 'info'): LineView {
  const [logger, flow, tenant] = ['penguiflow', 'Orders', 'acme'];
  return { atMs: 0, level, logger, message, flow, node, traceId: 'trace-1', tenant, fields: null };
}

describeWithTool(CHROMIUM, 'page of the inspector: logs and store', function () {
  this.timeout(40_000);
  const pages = usePages();

  async function openLogs(): Promise<Opened> {
    const opened = await pages.open();
    const asked = opened.page.waitForResponse((response) => response.url().includes('api/stream?lines=info'));
    await opened.page.keyboard.press('g');
    await opened.page.keyboard.press('l');
    await asked;
    await opened.page.getByText('No line yet').waitFor();
    return opened;
  }

  function write({ server }: Opened, ...lines: readonly LineView[]): void {
    server.send('lines', { runner: server.world.runner, lines, leftOut: 0 });
  }

  it('lines come as they are written, and stand still while it is paused', async () => {
    const opened = await openLogs();
    const { page, server } = opened;
    write(opened, line('first', 'Charge'));
    await page.getByText('first').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    write(opened, line('second', 'Charge'));
    server.tick();
    await page.getByRole('button', { name: 'Go on' }).click();
    write(opened, line('third', 'Charge'));
    await page.getByText('third').waitFor();
    expect(await page.locator('.line-row .line-text').allTextContents()).to.deep.equal(['first', 'third']);
  });

  it('shows those of a node, with a text, of a level', async () => {
    const opened = await openLogs();
    const { page } = opened;
    write(opened, line('card refused', 'Charge', 'error'), line('card taken', 'Charge'), line('priced', 'Price'));
    await page.getByText('priced').waitFor();
    await page.getByLabel('Node').fill('charge');
    await page.getByLabel('Text').fill('REFUSED');
    await page.getByText('1 line', { exact: true }).waitFor();
    const asked = page.waitForRequest((request) => request.url().includes('api/stream?lines=error'));
    await page.getByLabel('Level').selectOption('error');
    await asked;
  });

  it('keeps five thousand lines, of which only those are in the document that can be seen', async () => {
    const opened = await openLogs();
    const { page } = opened;
    for (let piece = 0; piece < 6; piece++) {
      write(opened, ...Array.from({ length: 1_000 }, (_none, index) => line(`line ${piece * 1_000 + index}`, 'Price')));
    }
    await page.getByText('5,000 lines').waitFor();
    await page.getByText('line 5999', { exact: true }).waitFor();
    expect(await page.locator('.line-row').count()).to.be.lessThan(80);
  });

  it('lines are asked for only while somebody looks at them', async () => {
    const { page, server } = await openLogs();
    const asked = page.waitForRequest((request) => request.url().endsWith('api/stream'));
    await page.getByRole('link', { name: 'Flow' }).click();
    await asked;
    expect(server.asked.filter((each) => each.startsWith('GET stream'))).to.have.length.greaterThan(2);
  });

  it('a line says what went wrong first, and its fields without those that say nothing', async () => {
    const opened = await openLogs();
    const error = { type: 'BankError', message: '503: we are on fire', stack: 'BankError: 503\n    at Charge' };
    const fields = {
      ts: 1_796_081_127.2,
      event: 'node_error',
      latency_ms: 25.316953000001376,
      attempt: 2,
      cause: null,
    };
    write(opened, { ...line('node_error', 'Charge', 'warn'), fields: JSON.stringify({ ...fields, error }) });
    const text = opened.page.locator('.line-row .line-text');
    await text.waitFor();
    expect(await text.textContent()).to.equal('node_error BankError: 503: we are on fire latency_ms=25.317 attempt=2');
    expect(await text.getAttribute('title')).to.include('at Charge');
  });

  it('I10 the store tells whoever sees some tenants only no figures, and says why', async () => {
    const { page, server } = await pages.open({ tenants: ['acme'] }, { link: '#/store' });
    await page.getByText('its figures are for those who see all').waitFor();
    const text = (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ');
    expect(text).to.include('Traces –').and.to.include('Size –').and.not.include('web-1');
    await page.getByRole('link', { name: 'Traces' }).click();
    await page.getByText('1,000 traces').waitFor();
    server.world.runs.unshift({ ...server.world.runs[0]!, id: 1_001, traceId: 'fresh' });
    server.tick();
    await page.getByRole('button', { name: 'Look again' }).waitFor();
  });

  it('the store says what it has, what is kept, and who writes into it', async () => {
    const { page } = await pages.open({}, { link: '#/store' });
    await page.getByText('1,204,882').waitFor();
    const text = (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ');
    expect(text).to.include('Size 1.9 GB').and.to.include('keepFailed 90 days').and.to.include('Interrupted 3');
    expect(text).to.match(/web-2 4711 [\w :]+ 3 this page web-1 812/);
  });
});
