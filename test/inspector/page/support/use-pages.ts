import { existsSync } from 'node:fs';
import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium } from '../../../support/chromium.js';
import { PageServer, TOKEN } from './page-server.js';
import { PageWorld, type PageWorldOptions } from './page-world.js';

export interface OpenOptions {
  /** Where in the page: `#/traces`. */
  readonly link?: string;
  /** Left out: the right one. */
  readonly token?: string;
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

export interface Opened {
  readonly page: Page;
  readonly server: PageServer;
}

/** What the browser says of requests that fail, as those of a process that dies do. */
const EXPECTED = /^Failed to load resource/;

const TELL_OF_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) => {
  console.error('forbidden by ' + event.violatedDirective + ': ' + event.blockedURI);
})`;

/**
 * Pages in a real browser, each with a server of its own. After each test fails what went wrong meanwhile: an error in the page, something
 * that its policy forbids, a request to anywhere else.
 */
export function usePages(): { readonly open: (world?: PageWorldOptions, options?: OpenOptions) => Promise<Opened> } {
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  const servers: PageServer[] = [];
  const problems: string[] = [];

  before(async () => {
    expect(existsSync('lib/inspector/page/index.html'), 'the page is built by `npm run build`').to.equal(true);
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    await Promise.all(servers.splice(0).map((server) => server.close()));
    expect(problems.splice(0)).to.deep.equal([]);
  });

  return {
    open: async (world = {}, { link = '', token = TOKEN, scheme = 'light', width = 1280, height = 860 } = {}) => {
      const server = await PageServer.start(new PageWorld(world));
      servers.push(server);
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: scheme,
        reducedMotion: 'reduce',
        locale: 'en-GB',
        timezoneId: 'UTC',
      });
      contexts.push(context);
      const page = await context.newPage();
      page.setDefaultTimeout(8_000);
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error' && !EXPECTED.test(message.text())) problems.push(message.text());
      });
      page.on('request', (request) => {
        // The browser also names where a redirect would lead, without going there.
        if (request.redirectedFrom() === null && !request.url().startsWith(server.url))
          problems.push(`request to ${request.url()}`);
      });
      await page.addInitScript(TELL_OF_VIOLATIONS);
      await page.goto(`${server.url}#token=${token}`);
      if (token === TOKEN) await page.getByText('live', { exact: true }).waitFor();
      if (link !== '') await goTo(page, link);
      return { page, server };
    },
  };
}

/** Follows a link in the page. */
export async function goTo(page: Page, link: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(link)}`);
}
