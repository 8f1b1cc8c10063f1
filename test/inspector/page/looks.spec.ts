import axe from 'axe-core';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { CHROMIUM } from '../../support/chromium.js';
import { describeWithTool } from '../../support/needs-tool.js';
import { RUN, type PageWorldOptions } from './support/page-world.js';
import { ORDERS } from './support/pictures-of-flows.js';
import { MOVING, OVERFLOW } from './support/probes.js';
import { usePages, type Opened } from './support/use-pages.js';

interface Scene {
  readonly title: string;
  readonly link: string;
  readonly world?: PageWorldOptions;
  readonly token?: string;
  /** What is there when it is all there. */
  readonly wait: (page: Page) => Promise<unknown>;
  readonly act?: (opened: Opened) => Promise<unknown>;
}

const SCENES: readonly Scene[] = [
  { title: 'flow', link: '#/flow/Orders', wait: (page) => page.locator('.chart canvas').waitFor() },
  {
    title: 'flow of 64 nodes',
    link: '#/flow/CatalogueImport',
    wait: (page) => page.locator('.chart canvas').waitFor(),
  },
  {
    title: 'flow as a table',
    link: '#/flow/Orders',
    world: { flows: [ORDERS] },
    act: ({ page }) => page.getByRole('button', { name: 'Table' }).click(),
    wait: (page) => page.locator('.node-table').waitFor(),
  },
  { title: 'node', link: '#/flow/Orders/Charge', wait: (page) => page.locator('aside .failures').waitFor() },
  { title: 'no flow', link: '#/flow', world: { flows: [] }, wait: (page) => page.getByText('No flow runs').waitFor() },
  {
    title: 'flow that is gone',
    link: '#/flow/Orders',
    act: ({ server }) => Promise.resolve(server.die()),
    wait: (page) => page.getByText('disconnected since').waitFor(),
  },
  { title: 'traces', link: '#/traces?tenant=acme', wait: (page) => page.locator('a.run-row').first().waitFor() },
  {
    title: 'no traces',
    link: '#/traces',
    world: { runs: 0 },
    wait: (page) => page.getByText('No trace yet').waitFor(),
  },
  { title: 'trace', link: `#/trace/${RUN.failed}`, wait: (page) => page.locator('.line-row').first().waitFor() },
  {
    title: 'payloads',
    link: `#/trace/${RUN.failed}?tab=payloads`,
    act: ({ page }) => page.getByRole('button', { name: 'Show' }).first().click(),
    wait: (page) => page.locator('pre').waitFor(),
  },
  {
    title: 'events',
    link: `#/trace/${RUN.failed}?tab=events`,
    wait: (page) => page.locator('.event-row').first().waitFor(),
  },
  { title: 'JSON', link: `#/trace/${RUN.failed}?tab=json`, wait: (page) => page.locator('pre').waitFor() },
  {
    title: 'dialog',
    link: `#/trace/${RUN.failed}`,
    world: { actions: ['replay'], reasons: ['Node "Charge" says replayable: false.'] },
    act: ({ page }) => page.getByRole('button', { name: 'Replay …', exact: true }).click(),
    wait: (page) => page.locator('.plan').waitFor(),
  },
  {
    title: 'logs',
    link: '#/logs',
    act: async ({ page, server }) => {
      const asks = (): boolean => server.asked.includes('GET stream?lines=info');
      while (!asks()) await page.waitForEvent('request');
      await page.getByText('live', { exact: true }).waitFor();
      server.send('lines', {
        runner: server.world.runner,
        lines: server.world.view(RUN.failed)!.lines.lines,
        leftOut: 0,
      });
    },
    wait: (page) => page.locator('.line-row').first().waitFor(),
  },
  { title: 'store', link: '#/store', wait: (page) => page.getByText('1,204,882').waitFor() },
  { title: 'token', link: '', token: 'wrong', wait: (page) => page.getByLabel('Token').waitFor() },
];

interface Found {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

describeWithTool(CHROMIUM, 'page of the inspector: looks', function () {
  this.timeout(60_000);
  const pages = usePages();

  async function show({ link, world, token, wait, act }: Scene): Promise<Page> {
    const opened = await pages.open(world, { link, ...(token === undefined ? {} : { token }) });
    await act?.(opened);
    await wait(opened.page);
    return opened.page;
  }

  async function violations(page: Page): Promise<string[]> {
    const found = await page.evaluate<Found>('axe.run()');
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
    );
  }

  for (const scene of SCENES) {
    it(`axe finds nothing in light and in dark, it fits into 420 pixels, and nothing moves: ${scene.title}`, async () => {
      const page = await show(scene);
      await page.evaluate(axe.source);
      expect(await violations(page), 'light').to.deep.equal([]);
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
      expect(await violations(page), 'dark').to.deep.equal([]);
      await page.setViewportSize({ width: 420, height: 860 });
      expect(await page.evaluate(OVERFLOW), 'overflow').to.equal(0);
      expect(await violations(page), 'narrow').to.deep.equal([]);
      expect(await page.evaluate(MOVING), 'moving').to.equal(0);
    });
  }
});
