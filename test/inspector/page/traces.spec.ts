import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { CHROMIUM } from '../../support/chromium.js';
import { describeWithTool } from '../../support/needs-tool.js';
import { scrollToEnd } from './support/probes.js';
import { usePages } from './support/use-pages.js';

describeWithTool(CHROMIUM, 'page of the inspector: traces', function () {
  this.timeout(40_000);
  const pages = usePages();

  const ids = (page: Page): Promise<string[]> => page.locator('a.run-row .run-id').allTextContents();

  it('I12 what is typed is asked of the server and stands in the address', async () => {
    const { page, server } = await pages.open({}, { link: '#/traces' });
    await page.getByText('1,000 traces').waitFor();
    await page.getByRole('button', { name: /failed 125/ }).click();
    await page.getByText('125 traces').waitFor();
    await page.getByLabel('Failure says').fill('CARD NETWORK');
    await page.getByText('More filters').click();
    await page.getByLabel('Tenant').fill('acme');
    await page.getByText('41 traces').waitFor();
    const [, search] = page.url().split('#/traces?');
    const query = { status: 'failed', text: 'CARD NETWORK', tenant: 'acme' };
    expect(Object.fromEntries(new URLSearchParams(search))).to.deep.equal(query);
    const asked = new URLSearchParams(server.asked.at(-1)!.replace('GET runs?', ''));
    expect(Object.fromEntries(asked)).to.deep.equal({ ...query, limit: '100' });
    await page.reload();
    await page.getByText('41 traces').waitFor();
    expect(await page.getByLabel('Failure says').inputValue()).to.equal('CARD NETWORK');
    await page.getByRole('button', { name: 'Clear all filters' }).click();
    await page.getByText('1,000 traces').waitFor();
  });

  it('finds a trace by the beginning of its id, with the keyboard alone', async () => {
    const { page } = await pages.open({}, { link: '#/traces' });
    await page.getByText('1,000 traces').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('1501');
    await page.getByText('1 trace', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/#\/trace\/\d+/);
  });

  it('j and k go down and up, beyond what can be seen, and Enter opens', async () => {
    const { page } = await pages.open({}, { link: '#/traces' });
    await page.getByText('1,000 traces').waitFor();
    for (let step = 0; step < 40; step++) await page.keyboard.press('j');
    await page.keyboard.press('k');
    const chosen = page.locator('a.run-row[aria-current]');
    expect(await chosen.getAttribute('data-run')).to.equal('962');
    const box = (await chosen.boundingBox())!;
    expect(box.y).to.be.greaterThan(0);
    expect(box.y + box.height).to.be.lessThan(860);
    await page.keyboard.press('Enter');
    await page.waitForURL(/#\/trace\/962$/);
  });

  it('I12 has a thousand rows and only those in the document that can be seen; the next page comes with scrolling', async () => {
    const { page, server } = await pages.open({}, { link: '#/traces' });
    await page.getByText('1,000 traces').waitFor();
    expect(await page.locator('a.run-row').count()).to.be.lessThan(60);
    const list = page.locator('.runs');
    for (let pageNumber = 1; pageNumber < 10; pageNumber++) {
      await list.evaluate(scrollToEnd);
      await page.locator(`.windowed-rows[style*="${(pageNumber + 1) * 100 * 38}px"]`).waitFor();
    }
    await list.evaluate(scrollToEnd);
    await page.locator('a.run-row[data-run="1"]').waitFor();
    expect(await page.locator('a.run-row').count()).to.be.lessThan(60);
    expect(server.asked.filter((each) => each.includes('cursor=')).length).to.equal(9);
  });

  it('says how many are new instead of moving the list', async () => {
    const { page, server } = await pages.open({}, { link: '#/traces' });
    await page.getByText('1,000 traces').waitFor();
    const before = await ids(page);
    server.world.runs.unshift({ ...server.world.runs[0]!, id: 1_001, traceId: 'fresh' });
    server.tick();
    const news = page.getByRole('button', { name: /\d+ new/ });
    await news.waitFor();
    expect(await ids(page)).to.deep.equal(before);
    await news.click();
    await page.getByText('fresh').waitFor();
  });

  it('a status has its number, and statuses that do not occur have no chip', async () => {
    const { page } = await pages.open({}, { link: '#/traces' });
    await page.getByText('1,000 traces').waitFor();
    const chips = (await page.locator('.chips button').allTextContents()).map((text) =>
      text.replaceAll(/\s+/g, ' ').trim(),
    );
    expect(chips).to.deep.equal(['all 1,000', '✕ failed 125', '✓ succeeded 625', '◷ deadline 125', '⊘ cancelled 125']);
  });

  it('says that there is none, and what to do', async () => {
    const { page } = await pages.open({ runs: 0 }, { link: '#/traces' });
    await page.getByText('No trace yet').waitFor();
    await page.getByLabel('Trace id begins with').fill('zzz');
    await page.getByText('No trace is like that').waitFor();
  });

  it('g f, g t and g l lead to the screens, and ? says so', async () => {
    const { page } = await pages.open({}, { link: '#/store' });
    for (const [key, heading] of [
      ['t', 'Traces'],
      ['l', 'Logs'],
      ['f', 'Orders'],
    ] as const) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.getByRole('heading', { name: heading, exact: true }).waitFor();
    }
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});
