import { expect } from 'chai';
import { CHROMIUM } from '../../support/chromium.js';
import { describeWithTool } from '../../support/needs-tool.js';
import { PageWorld } from './support/page-world.js';
import { TOKEN } from './support/page-server.js';
import { goTo, usePages } from './support/use-pages.js';

describeWithTool(CHROMIUM, 'page of the inspector: who looks, and at which process', function () {
  this.timeout(40_000);
  const pages = usePages();

  it('I3 the token leaves the address bar at once, stays in this tab, and is in no cookie', async () => {
    const { page } = await pages.open();
    expect(page.url()).not.to.include(TOKEN);
    await page.reload();
    await page.getByText('live', { exact: true }).waitFor();
    expect(await page.evaluate('document.cookie')).to.equal('');
    expect(await page.evaluate('JSON.stringify(Object.entries(localStorage))')).to.equal('[]');
    expect(await page.evaluate('JSON.stringify(Object.values(sessionStorage))')).to.equal(JSON.stringify([TOKEN]));
  });

  it('I3 a wrong token leads to a field for the right one', async () => {
    const { page } = await pages.open({}, { token: 'wrong' });
    await page.getByText('That token is not the right one.').waitFor();
    await page.getByLabel('Token').fill('wrong again');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('That token is not the right one.').waitFor();
    await page.getByLabel('Token').fill(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByText('live', { exact: true }).waitFor();
    expect(page.url()).not.to.include(TOKEN);
  });

  it('I3 a token in a link that is opened in the same tab is taken, too', async () => {
    const { page } = await pages.open({}, { token: 'wrong' });
    await page.getByLabel('Token').waitFor();
    await goTo(page, `#token=${TOKEN}`);
    await page.getByText('live', { exact: true }).waitFor();
    expect(page.url()).not.to.include(TOKEN);
  });

  it('I13 a process that is gone leaves "disconnected since" and greyed numbers, and is found again', async () => {
    const { page, server } = await pages.open();
    const shade = (): Promise<string> =>
      page.evaluate<string>(`getComputedStyle(document.querySelector('.tile strong')).textDecorationLine`);
    expect(await shade()).to.equal('none');
    server.tick();
    server.die();
    await page.getByText(/^disconnected since \d\d:\d\d:\d\d$/).waitFor();
    expect(await shade()).to.equal('line-through');
    server.revive();
    await page.getByText('live', { exact: true }).waitFor();
    expect(await shade()).to.equal('none');
  });

  it('I11 a stream that is opened again says which event it heard last', async () => {
    const { page, server } = await pages.open();
    server.tick();
    server.tick();
    await page.locator('a.node', { hasText: '44 failed' }).waitFor();
    const again = page.waitForRequest((request) => request.url().includes('api/stream'));
    server.die();
    server.revive();
    expect(await (await again).headerValue('last-event-id')).to.equal('2');
  });

  it('I11 a stream that ends in order is opened again, and nobody is told that anything is wrong', async () => {
    const { page, server } = await pages.open();
    await page.evaluate(`window.states = [];
      new MutationObserver(() => window.states.push(document.querySelector('.connection').textContent))
        .observe(document.querySelector('header'), { subtree: true, childList: true, characterData: true, attributes: true });`);
    server.tick();
    await page.locator('a.node', { hasText: '43 failed' }).waitFor();
    const again = page.waitForResponse((response) => response.url().includes('api/stream'));
    server.endStreams();
    await again;
    server.tick();
    await page.locator('a.node', { hasText: '44 failed' }).waitFor();
    expect(await page.evaluate('window.states.filter((state) => state !== "live")')).to.deep.equal([]);
  });

  it('I14 says so when the login has run out, and does not follow to where that is', async () => {
    const { page, server } = await pages.open();
    const { server: login } = await pages.open({}, { token: 'wrong' });
    const before = login.hits;
    server.signOut(login.origin);
    await page.getByText('You are asked to sign in: load this page again.').waitFor();
    expect(login.hits).to.equal(before);
  });

  it('I15 names its process, and says so when another one answers', async () => {
    const { page, server } = await pages.open();
    await page.getByText('web-2 · 4711').click();
    await page.getByText('pid 812 on web-1').waitFor();
    await page.keyboard.press('Escape');
    server.become(new PageWorld({ pid: 5822, weather: 'calm' }));
    server.tick();
    await page.getByText('This is another process now: pid 5822 on web-2').waitFor();
    await page.getByText('Until then it was pid 4711').waitFor();
    await page.getByRole('button', { name: 'Got it' }).click();
    await page.getByText('This is another process now').waitFor({ state: 'detached' });
    await page.getByText('web-2 · 5822').waitFor();
  });

  it('I14 no screen asks anybody else for anything, and nothing is loaded from elsewhere', async () => {
    const { page, server } = await pages.open();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).origin));
    await page.reload();
    for (const link of ['#/flow/Orders/Charge', '#/traces', '#/trace/2', '#/logs', '#/store']) {
      const answered = page.waitForResponse(/\/api\//);
      await goTo(page, link);
      await answered;
    }
    expect(asked.length).to.be.greaterThan(8);
    expect([...new Set(asked)]).to.deep.equal([server.origin]);
  });

  it('says that it is read-only, or what may be done', async () => {
    const { page } = await pages.open();
    await page.getByText('read-only').first().waitFor();
    const { page: other } = await pages.open({ actions: ['replay'] });
    await other.locator('header .pill', { hasText: 'replay' }).waitFor();
  });

  it('I7 shows what somebody else has done', async () => {
    const { page, server } = await pages.open();
    const { runner } = server.world;
    server.send('action', { runner, atMs: 0, action: 'cancel', subject: 'ada', flow: 'Orders', traceId: 'abc' });
    await page.getByText('ada cancelled abc of Orders').waitFor();
  });
});
