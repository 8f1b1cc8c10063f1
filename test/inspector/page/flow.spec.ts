import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { CHROMIUM } from '../../support/chromium.js';
import { describeWithTool } from '../../support/needs-tool.js';
import { CATALOGUE, ORDERS } from './support/pictures-of-flows.js';
import { PageWorld } from './support/page-world.js';
import { FIGURES_TOUCHING, OVERLAPPING_NODES, TEXT_OUTSIDE } from './support/probes.js';
import { usePages } from './support/use-pages.js';

describeWithTool(CHROMIUM, 'page of the inspector: a flow', function () {
  this.timeout(40_000);
  const pages = usePages();

  const figure = async (page: Page, node: string): Promise<string> =>
    (await page.locator('a.node', { hasText: node }).locator('.visually-hidden').textContent()) ?? '';

  it('shows each node with what happens in it now, and the numbers move', async () => {
    const { page, server } = await pages.open({ flows: [ORDERS] });
    server.tick();
    await page.locator('a.node', { hasText: '43 failed' }).waitFor();
    const before = await figure(page, 'Charge');
    expect(before).to.match(
      /^Charge, failing, full, \d+\/s, 63 of 64 queued, 4 running, p95 248 ms, 12,346 retries, 43 failed$/,
    );
    server.tick();
    await page.locator('a.node', { hasText: '44 failed' }).waitFor();
    const after = await figure(page, 'Charge');
    expect(after).to.include('64 of 64 queued').and.to.include('stuck').and.not.to.equal(before);
    expect(await page.locator('.tile', { hasText: 'Failures' }).textContent()).to.include('44');
  });

  it('marks the edge into a queue that is nearly full, a failing node and an open breaker, each with a word', async () => {
    const { page } = await pages.open({ flows: [ORDERS] });
    expect(await page.locator('.graph-lines .line.hot').count()).to.equal(2);
    expect(await page.locator('a.node.failing').count()).to.equal(1);
    await page.locator('a.node.failing .mark-chip', { hasText: 'failing' }).waitFor();
    await page.getByText('CardNetwork: breaker open').waitFor();
  });

  it('a flow that comes later, and one that has become another, are there without the page being loaded again', async () => {
    const { page, server } = await pages.open({ flows: [CATALOGUE] });
    await page.getByRole('heading', { name: 'CatalogueImport' }).waitFor();
    server.become(new PageWorld({ flows: [CATALOGUE, ORDERS] }));
    server.tick();
    await page.getByRole('navigation', { name: 'Flows' }).getByText('Orders').click();
    await page.locator('a.node', { hasText: 'Charge' }).waitFor();
    const nodes = [...ORDERS.nodes, { ...ORDERS.nodes[0]!, name: 'Pack', ingress: false }];
    server.become(new PageWorld({ flows: [CATALOGUE, { ...ORDERS, nodes }] }));
    server.tick();
    await page.locator('a.node', { hasText: 'Pack' }).waitFor();
    const { length } = server.asked;
    server.tick();
    server.tick();
    await page.locator('a.node', { hasText: '45 failed' }).first().waitFor();
    expect(server.asked.slice(length)).to.deep.equal([]);
  });

  it('the tile counts what failed before somebody looked, as far as it is recorded', async () => {
    const { page, server } = await pages.open({ flows: [ORDERS] });
    const snapshot = server.world.snapshot();
    const [first, second] = snapshot.flows[0]!.latestFailures;
    const tile = page.locator('.tile', { hasText: 'Failures' }).locator('strong');
    const flows = [{ ...snapshot.flows[0]!, failures: 0, latestFailures: [first!, second!] }];
    server.send('snapshot', { ...snapshot, flows, atMs: second!.endedMs! + 1_000 });
    await tile.getByText('2', { exact: false }).waitFor();
    expect(await tile.innerText()).to.equal('✕ 2');
    server.send('snapshot', { ...snapshot, flows, atMs: first!.endedMs! + 400_000 });
    await tile.getByText('0', { exact: true }).waitFor();
  });

  it('the panel of a node follows what fails', async () => {
    const { page, server } = await pages.open({ flows: [ORDERS] }, { link: '#/flow/Orders/Charge' });
    await page.locator('aside .failures').waitFor();
    server.world.runs.unshift({
      ...server.world.runs.find(({ errorNode, status }) => errorNode === 'Charge' && status === 'failed')!,
      id: 1_001,
      traceId: 'fresh',
    });
    server.tick();
    server.tick();
    await page.locator('aside .failures', { hasText: 'fresh' }).waitFor();
  });

  it('has the latest failures, each a link to its trace', async () => {
    const { page } = await pages.open({ flows: [ORDERS] });
    await page.locator('.failures a').first().click();
    await page.getByRole('heading', { name: 'Orders' }).waitFor();
    expect(page.url()).to.match(/#\/trace\/\d+$/);
  });

  it('a node opens a panel with its policy, how long it takes and its failing traces', async () => {
    const { page, server } = await pages.open({ flows: [ORDERS] });
    await page.locator('a.node', { hasText: 'Charge' }).click();
    const panel = page.locator('aside');
    await panel.getByRole('heading', { name: 'Charge', exact: true }).waitFor();
    const text = (await panel.innerText()).replaceAll('\n', ' ');
    expect(text).to.include('Timeout 250 ms').and.to.include('3, backoff 500 ms').and.to.include('not replayable');
    expect(await panel.locator('.histogram li').first().getAttribute('aria-label')).to.match(
      /^≤ \d+ ms: [\d,]+ attempts?$/,
    );
    await panel.getByText('card network:').first().waitFor();
    expect(server.asked).to.include('GET runs?flow=Orders&node=Charge&status=failed&limit=8');
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
  });

  it('has the same in a table', async () => {
    const { page } = await pages.open({ flows: [ORDERS] });
    await page.getByRole('button', { name: 'Table' }).click();
    const row = page.getByRole('row', { name: /^Charge/ });
    expect((await row.innerText()).replaceAll(/\s+/g, ' ')).to.match(/Charge .*failing.* 62\/64 4 3 .* Refund, Ship/);
  });

  it('has a tab for each flow, and says in it that a flow is failing', async () => {
    const { page } = await pages.open();
    const tab = page.getByRole('link', { name: /^CatalogueImport/ });
    expect(await tab.textContent()).to.include('failing');
    await tab.click();
    await page.getByRole('heading', { name: 'CatalogueImport' }).waitFor();
    expect(await page.locator('a.node').count()).to.equal(64);
  });

  for (const [size, flow, width] of [
    ['six nodes, wide', ORDERS, 1280],
    ['six nodes, narrow', ORDERS, 420],
    ['64 nodes, wide', CATALOGUE, 1280],
    ['64 nodes, narrow', CATALOGUE, 420],
  ] as const) {
    it(`all text is inside of its box, and no box on another: ${size}`, async () => {
      const { page, server } = await pages.open({ flows: [flow] }, { width });
      server.tick();
      await page.locator('a.node', { hasText: '43 failed' }).waitFor();
      expect(await page.evaluate(TEXT_OUTSIDE)).to.deep.equal([]);
      expect(await page.evaluate(FIGURES_TOUCHING)).to.deep.equal([]);
      expect(await page.evaluate(OVERLAPPING_NODES)).to.deep.equal([]);
    });
  }

  it('says what to do when there is no flow, and that an idle one is well', async () => {
    const { page } = await pages.open({ flows: [] });
    await page.getByText('No flow runs here yet').waitFor();
    const { page: idle } = await pages.open({ flows: [ORDERS], weather: 'idle' });
    await idle.getByText('None. That is good.').waitFor();
    expect(await figure(idle, 'Charge'))
      .to.include('0 of 64 queued')
      .and.to.include('p95 –');
  });

  it('the chart has what was measured, in words, too', async () => {
    const { page, server } = await pages.open({ flows: [ORDERS] });
    for (let second = 0; second < 3; second++) server.tick();
    await page.getByText(/traces, \d(\.\d)?\/s failures; at most \d+\/s in the last 4 seconds/).waitFor();
    await page.locator('.chart canvas').waitFor();
  });
});
