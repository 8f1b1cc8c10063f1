import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { CHROMIUM } from '../../support/chromium.js';
import { describeWithTool } from '../../support/needs-tool.js';
import { RUN } from './support/page-world.js';
import { runItem } from './support/recorded-runs.js';
import { scrollToEnd, TOUCHING_TICKS } from './support/probes.js';
import { usePages } from './support/use-pages.js';

const FAILED = `#/trace/${RUN.failed}`;

interface Place {
  readonly left: number;
  readonly right: number;
}

describeWithTool(CHROMIUM, 'page of the inspector: a trace', function () {
  this.timeout(40_000);
  const pages = usePages();

  /** Where a bar of an attempt is drawn: parts of the plot. */
  async function place(page: Page, seq: number, kind: string): Promise<Place> {
    return page.evaluate<Place>(`(() => {
      const row = document.querySelector('.wf-row[data-seq="${seq}"]');
      const track = row.querySelector('.wf-track').getBoundingClientRect();
      const bar = row.querySelector('${kind}').getBoundingClientRect();
      return { left: (bar.left - track.left) / track.width, right: (bar.right - track.left) / track.width };
    })()`);
  }

  it('says what failed and why, and opens at the attempt that did', async () => {
    const { page } = await pages.open({}, { link: FAILED });
    await page.locator('.trace-error').getByText('card network: 503 Service Unavailable').waitFor();
    await page.getByText('attempt 4 of 4 on this message').waitFor();
    const head = (await page.locator('.trace-head').innerText()).replaceAll(/\s+/g, ' ');
    expect(head).to.include('8.98 s').and.to.include('krill-co').and.to.include('channel:web');
    expect(head).to.include('4bf92f3577b34da6a3ce929d0e0e4736').and.to.include('failed');
  });

  it('the waterfall shows waits in the queue, backoff, process and timeout of each attempt where they were', async () => {
    const { page } = await pages.open({}, { link: FAILED });
    await page.locator('.wf-row').first().waitFor();
    const said = await page.locator('.wf-row .visually-hidden').allTextContents();
    expect(said).to.deep.equal([
      'Validate: waited 2.4 ms, succeeded after 4.4 ms',
      'Price: waited 405 ms, succeeded after 14.6 ms, timeout 2.00 s',
      'Audit: waited 2.3 ms, succeeded after 3.4 ms',
      'Charge: waited 757 ms, failed after 19.8 ms, timeout 250 ms, NODE_EXCEPTION',
      'Charge, retry 1: backoff 499 ms, failed after 11.6 ms, timeout 250 ms, NODE_EXCEPTION',
      'Charge, retry 2: backoff 999 ms, timed out after 250 ms, timeout 250 ms, NODE_TIMEOUT',
      'Charge, retry 3: backoff 6.00 s, failed after 19.7 ms, timeout 250 ms, NODE_EXCEPTION',
    ]);
    const [queue, first] = [await place(page, 4, '.wf-queue'), await place(page, 4, '.wf-process')];
    expect(queue.right).to.be.closeTo(first.left, 0.01);
    expect(queue.right - queue.left).to.be.greaterThan(0.15);
    const backoff = await place(page, 6, '.wf-backoff');
    expect(backoff.left).to.be.closeTo((await place(page, 5, '.wf-process')).right, 0.01);
    const [process, timeout] = [await place(page, 6, '.wf-process'), await place(page, 6, '.wf-timeout')];
    expect(timeout.left).to.be.closeTo(process.right, 0.01);
    await page.getByText('waited 757 ms', { exact: true }).waitFor();
  });

  it('folds idle time and says so, and unfolds it', async () => {
    const { page } = await pages.open({}, { link: FAILED });
    await page.getByText('Folded: 6.00 s idle after 2.96 s.').waitFor();
    const folded = await place(page, 6, '.wf-process');
    await page.getByRole('button', { name: 'Fold idle time' }).click();
    await page.getByText('Folded:').waitFor({ state: 'detached' });
    const plain = await place(page, 6, '.wf-process');
    expect(folded.right - folded.left).to.be.greaterThan((plain.right - plain.left) * 2);
    expect(plain.left).to.be.closeTo(2_714 / 8_984, 0.01);
  });

  for (const width of [1280, 420]) {
    it(`the times above the waterfall do not run into each other at ${width} pixels`, async () => {
      const { page } = await pages.open({}, { link: FAILED, width });
      await page.locator('.wf-tick').first().waitFor();
      expect(await page.evaluate(TOUCHING_TICKS)).to.deep.equal([]);
    });
  }

  it('dragging zooms in, and Escape shows all again', async () => {
    const { page } = await pages.open({}, { link: FAILED });
    const plot = (await page.locator('.wf-axis .wf-plot').boundingBox())!;
    const before = await place(page, 4, '.wf-queue');
    await page.mouse.move(plot.x + plot.width * 0.1, plot.y + 60);
    await page.mouse.down();
    await page.mouse.move(plot.x + plot.width * 0.4, plot.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.getByText(/^Showing .* of 8\.98 s/).waitFor();
    const zoomed = await place(page, 4, '.wf-queue');
    expect((zoomed.right - zoomed.left) / (before.right - before.left)).to.be.closeTo(1 / 0.3, 0.4);
    // The end of the drag chose no other attempt.
    await page.getByText('attempt 4 of 4 on this message').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText(/^Showing/).waitFor({ state: 'detached' });
    await page.keyboard.press('+');
    await page.getByText(/^Showing/).waitFor();
    await page.keyboard.press('0');
    await page.getByText(/^Showing/).waitFor({ state: 'detached' });
  });

  it('ten thousand attempts have only the rows in the document that can be seen', async () => {
    const { page } = await pages.open({}, { link: `#/trace/${RUN.long}` });
    await page.locator('.wf-row[data-seq="1"]').waitFor();
    expect(await page.locator('.wf-row').count()).to.be.lessThan(80);
    await page.locator('.wf-rows').evaluate(scrollToEnd);
    await page.locator('.wf-row[data-seq="10000"]').waitFor();
    expect(await page.locator('.wf-row').count()).to.be.lessThan(80);
    await page.keyboard.press('k');
    await page.keyboard.press('j');
  });

  it('lines and attempts are in step: an attempt marks its lines, a line its attempt', async () => {
    const { page } = await pages.open({}, { link: FAILED });
    const marked = page.locator('.line-row.marked');
    await page.locator('.wf-row[data-seq="6"]').click();
    await marked.first().waitFor();
    expect((await marked.allTextContents()).join())
      .to.include('attempt=2')
      .and.to.include('attempt outlived 0.25 s');
    await page.locator('.line-row', { hasText: 'attempt=1' }).click();
    await page.locator('.wf-row[data-seq="5"][aria-pressed="true"]').waitFor();
    await page.locator('.wf-cursor').waitFor();
  });

  it('j and k walk through the attempts, Escape lets go and leads back', async () => {
    const { page } = await pages.open({}, { link: FAILED });
    await page.locator('.wf-row[data-seq="7"][aria-pressed="true"]').waitFor();
    await page.keyboard.press('k');
    await page.locator('.wf-row[data-seq="6"][aria-pressed="true"]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.wf-row[aria-pressed="true"]').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.waitForURL(/#\/traces$/);
  });

  it('I9 a payload comes when somebody asks, as text and never as markup, and more of it on demand', async () => {
    const { page, server } = await pages.open({}, { link: `${FAILED}?tab=payloads` });
    await page.getByRole('button', { name: 'Show' }).first().waitFor();
    expect(server.asked.filter((each) => each.includes('messages'))).to.deep.equal([]);
    await page.getByRole('button', { name: 'Show' }).first().click();
    await page.getByRole('button', { name: 'Show up to 65 kB' }).click();
    await page.getByText('<img src=x onerror=alert(1)>').waitFor();
    await page.getByText('[redacted]').waitFor();
    expect(await page.locator('img').count()).to.equal(0);
    expect(server.asked).to.include('GET runs/2/messages/msg-2-4?bytes=65536');
  });

  it('has its events and all of it as JSON', async () => {
    const { page } = await pages.open({}, { link: FAILED });
    await page.getByRole('tab', { name: /Events/ }).click();
    await page.locator('.event-row').first().waitFor();
    expect(page.url()).to.include('?tab=events');
    await page.getByRole('tab', { name: 'JSON' }).click();
    const text = (await page.locator('pre.json').textContent())!;
    expect(JSON.parse(text)).to.have.nested.property('run.id', RUN.failed);
  });

  it('a replay lists the nodes that will run before it does anything, and then leads to the new run', async () => {
    const { page, server } = await pages.open({ actions: ['replay'] }, { link: FAILED });
    await page.getByRole('button', { name: 'Replay …', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Replay this trace?' });
    await dialog.locator('.plan li').first().waitFor();
    expect(await dialog.locator('.plan li').allTextContents()).to.deep.equal(['Charge', 'Refund', 'Ship']);
    await dialog.getByLabel('From').selectOption('start');
    await dialog.getByRole('button', { name: 'Replay 6 nodes' }).waitFor();
    expect(server.posted).to.deep.equal([]);
    await dialog.getByRole('button', { name: 'Replay 6 nodes' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(server.posted).to.deep.equal([{ path: 'replay', body: { run: RUN.failed, from: 'start' } }]);
  });

  it('reasons against a replay want a tick, and what is impossible has none', async () => {
    const reasons = ['Node "Charge" says replayable: false.'];
    const { page, server } = await pages.open({ actions: ['replay'], reasons }, { link: FAILED });
    await page.getByRole('button', { name: 'Replay …', exact: true }).click();
    await page.getByText(reasons[0]!).waitFor();
    expect(await page.getByRole('button', { name: 'Replay 3 nodes' }).isDisabled()).to.equal(true);
    await page.getByLabel('Replay all the same').check();
    await page.getByRole('button', { name: 'Replay 3 nodes' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(server.posted).to.deep.equal([{ path: 'replay', body: { run: RUN.failed, from: 'failed', force: true } }]);

    const { page: other } = await pages.open({ actions: ['replay'], reasons, impossible: reasons }, { link: FAILED });
    await other.getByRole('button', { name: 'Replay …', exact: true }).click();
    await other.getByText('This cannot be done:').waitFor();
    expect(await other.getByLabel('Replay all the same').count()).to.equal(0);
    expect(await other.getByRole('button', { name: 'Replay 3 nodes' }).isDisabled()).to.equal(true);
  });

  it('a replay says how many runs it takes, what gets nothing, and that a caller waits for nothing', async () => {
    const plan = { runs: 3, notBegun: ['Audit', 'Price'], parent: runItem(77, { flow: 'Basket' }) };
    const { page } = await pages.open({ actions: ['replay'], plan }, { link: FAILED });
    await page.getByRole('button', { name: 'Replay …', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Replay this trace?' });
    await dialog.getByText('3 messages came in: each becomes a run of its own').waitFor();
    await dialog.getByText('Gets nothing, as it had begun nothing when the trace ended: Audit, Price.').waitFor();
    await dialog.getByText('Basket called this trace, and gets nothing of the replay').waitFor();
    await dialog.getByRole('link', { name: 'its trace' }).waitFor();
  });

  it('I7 a run can be cancelled behind a dialog, unless it is of another process or this is read-only', async () => {
    const actions = ['cancel'] as const;
    const { page, server } = await pages.open({ actions }, { link: `#/trace/${RUN.runningHere}` });
    await page.getByRole('button', { name: 'Cancel …' }).click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    await page.getByRole('button', { name: 'Cancel …' }).click();
    expect(server.posted).to.deep.equal([]);
    await page.getByRole('button', { name: 'Cancel the trace' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(server.posted.map(({ path }) => path)).to.deep.equal(['cancel']);

    const { page: elsewhere } = await pages.open({ actions }, { link: `#/trace/${RUN.runningElsewhere}` });
    await elsewhere.getByText('It runs in another process').waitFor();
    const { page: readOnly } = await pages.open({}, { link: FAILED });
    await readOnly.getByText('Read-only: this inspector takes no action.').waitFor();
  });

  it('says that a run is not there', async () => {
    const { page } = await pages.open({}, { link: '#/trace/123456789' });
    await page.getByText('The store has no run 123456789.').waitFor();
  });
});
