// Makes the pictures of the inspector that README and guide show, in docs/images/, from the built page with made-up numbers. With `--all FOLDER`
// every screen, light and dark, wide and narrow, for people to look at. Needs a Chromium and `npm run build`;
// with pngquant (Debian: `apt-get install pngquant`) the files are a third of the size.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const built = (name) => import(join(root, 'dist/test', name));
const { launchChromium } = await built('support/chromium.js');
const { PageServer, TOKEN } = await built('inspector/page/support/page-server.js');
const { PageWorld, RUN } = await built('inspector/page/support/page-world.js');
const { ORDERS, CATALOGUE } = await built('inspector/page/support/pictures-of-flows.js');

const { values } = parseArgs({ options: { all: { type: 'string' }, only: { type: 'string' } } });
const TICKS = 90;

const browser = await launchChromium();
try {
  if (values.all === undefined) await docPictures();
  else await allPictures(values.all);
} finally {
  await browser.close();
}

async function docPictures() {
  const folder = join(root, 'docs/images');
  mkdirSync(folder, { recursive: true });
  const world = () => new PageWorld({ flows: [ORDERS], actions: ['cancel', 'replay'] });
  const shots = [
    ['inspector-flow', '#/flow/Orders', 860],
    ['inspector-traces', '#/traces?status=failed', 560],
    ['inspector-trace', `#/trace/${RUN.failed}`, 800],
  ];
  for (const [name, link, height] of shots) {
    const file = join(folder, `${name}.png`);
    await shoot({ world: world(), link, scheme: 'light', width: 1180, height, file });
    spawnSync('pngquant', ['--force', '--skip-if-larger', '--strip', '--output', file, '--', file]);
  }
}

async function allPictures(folder) {
  mkdirSync(folder, { recursive: true });
  const [SIX, SIXTY_FOUR] = [[ORDERS], [CATALOGUE]];
  const actions = ['cancel', 'replay'];
  /** @type {[name: string, world: object, link: string, act?: Function, token?: string][]} */
  const scenes = [
    ['flow-6-failing', { flows: [ORDERS, CATALOGUE] }, '#/flow/Orders'],
    ['flow-6-calm', { flows: SIX, weather: 'calm' }, '#/flow/Orders'],
    ['flow-6-idle', { flows: SIX, weather: 'idle', runs: 0 }, '#/flow/Orders'],
    ['flow-64', { flows: SIXTY_FOUR }, '#/flow/CatalogueImport'],
    ['flow-table', { flows: SIX }, '#/flow/Orders', (page) => page.getByRole('button', { name: 'Table' }).click()],
    ['flow-panel', { flows: SIX }, '#/flow/Orders/Charge'],
    ['flow-none', { flows: [] }, '#/flow'],
    ['flow-lost', { flows: SIX }, '#/flow/Orders', (page, server) => lose(page, server)],
    ['flow-other', { flows: SIX }, '#/flow/Orders', (page, server) => replace(page, server)],
    ['traces', { actions }, '#/traces'],
    ['traces-failed', {}, '#/traces?status=failed&tenant=acme', (page) => page.keyboard.press('j')],
    ['traces-empty', { runs: 0 }, '#/traces'],
    ['trace', { actions }, `#/trace/${RUN.failed}`],
    [
      'trace-payloads',
      {},
      `#/trace/${RUN.failed}?tab=payloads`,
      (page) => page.getByRole('button', { name: 'Show' }).first().click(),
    ],
    ['trace-events', {}, `#/trace/${RUN.failed}?tab=events`],
    ['trace-json', {}, `#/trace/${RUN.failed}?tab=json`],
    ['trace-long', {}, `#/trace/${RUN.long}`],
    ['trace-running', { actions }, `#/trace/${RUN.runningHere}`],
    [
      'trace-dialog',
      { actions, reasons: ['Node "Charge" says replayable: false.'] },
      `#/trace/${RUN.failed}`,
      (page) => page.getByRole('button', { name: 'Replay …' }).click(),
    ],
    ['trace-missing', {}, '#/trace/123456789'],
    ['logs', {}, '#/logs', (page, server) => sendLines(page, server)],
    ['store', {}, '#/store'],
    ['keys', {}, '#/store', (page) => page.keyboard.press('?')],
    ['token', {}, '', undefined, 'wrong'],
  ];
  for (const [name, options, link, act, token] of scenes) {
    if (values.only !== undefined && !name.includes(values.only)) continue;
    for (const [scheme, width] of [
      ['light', 1280],
      ['dark', 1280],
      ['light', 420],
      ['dark', 420],
    ]) {
      const file = join(folder, `${name}-${width}-${scheme}.png`);
      await shoot({
        world: new PageWorld(options),
        link,
        scheme,
        width,
        height: width === 420 ? 900 : 860,
        file,
        act,
        token,
        fullPage: true,
      });
    }
  }
}

async function shoot({ world, link, scheme, width, height, file, act, token = TOKEN, fullPage = false }) {
  const server = await PageServer.start(world);
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    timezoneId: 'UTC',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on('pageerror', (error) => console.error(file, String(error)));
  page.on('console', (message) => message.type() === 'error' && console.error(file, message.text()));
  await page.goto(`${server.url}#token=${token}`);
  await page.waitForFunction(() => !location.hash.includes('token'));
  if (token === TOKEN) await page.getByText('live', { exact: true }).waitFor();
  await page.evaluate((hash) => (location.hash = hash), link);
  for (let tick = 0; tick < TICKS; tick++) server.tick();
  await page.waitForTimeout(700);
  await act?.(page, server);
  await page.waitForTimeout(300);
  await page.screenshot({ path: file, fullPage });
  await context.close();
  await server.close();
}

async function lose(page, server) {
  server.die();
  await page.getByText('disconnected since').waitFor();
}

async function replace(page, server) {
  server.become(new PageWorld({ flows: [ORDERS], pid: 5822, weather: 'calm' }));
  server.tick();
  await page.getByText('another process').waitFor();
}

async function sendLines(page, server) {
  await page.waitForTimeout(500);
  const { lines } = server.world.view(RUN.failed).lines;
  const all = Array.from({ length: 12 }, () => lines).flat();
  server.send('lines', { runner: server.world.runner, lines: all, leftOut: 0 });
}
