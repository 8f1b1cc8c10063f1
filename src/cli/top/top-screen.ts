import { oneLine } from '../../logging/lines/human/human-text.js';
import type { LiveSnapshot } from '../../inspector/api-live.js';
import { harmless } from '../harmless.js';
import { paintFor } from '../paint.js';
import type { Terminal } from '../terminal.js';
import { cutTo } from '../text-width.js';
import { nodeCount, ORDERS, topTable, type Order } from './top-table.js';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const CTRL_C = '\u0003';
// oxlint-disable-next-line eslint/no-control-regex -- it may be painted
const SELECTED = /^(?:\u001b\[\d+m)*›/;

/** The screen of `top`: what it shows, and what keys change. */
export class TopScreen {
  readonly #terminal: Terminal;
  readonly #title: string;
  #snapshot: LiveSnapshot | undefined;
  #order: Order = 'graph';
  #selected = 0;
  #isOpen = false;
  #isPaused = false;
  /** Since when nobody answers. */
  #lostMs: number | undefined;
  #top = 0;

  constructor(terminal: Terminal, title: string) {
    this.#terminal = terminal;
    this.#title = title;
  }

  async open(): Promise<void> {
    await this.#terminal.write(ENTER);
  }

  async close(): Promise<void> {
    await this.#terminal.write(LEAVE);
  }

  show(snapshot: LiveSnapshot): void {
    this.#lostMs = undefined;
    if (this.#isPaused) return;
    this.#snapshot = snapshot;
    this.draw();
  }

  lost(nowMs: number): void {
    this.#lostMs ??= nowMs;
    this.draw();
  }

  /** @returns whether it goes on */
  key(key: string): boolean {
    if (key === 'q' || key === CTRL_C) return false;
    const last = this.#snapshot === undefined ? 0 : nodeCount(this.#snapshot) - 1;
    if (key === 's') this.#order = ORDERS[(ORDERS.indexOf(this.#order) + 1) % ORDERS.length]!;
    else if (key === 'p') this.#isPaused = !this.#isPaused;
    else if (key === '\r' || key === '\n') this.#isOpen = !this.#isOpen;
    else if (key === 'j' || key === '\u001b[B') this.#selected = Math.min(last, this.#selected + 1);
    else if (key === 'k' || key === '\u001b[A') this.#selected = Math.max(0, this.#selected - 1);
    else return true;
    this.draw();
    return true;
  }

  draw(): void {
    const { columns, rows, colours } = this.#terminal;
    const paint = paintFor(colours);
    const view = { order: this.#order, selected: this.#selected, isOpen: this.#isOpen };
    const body =
      this.#snapshot === undefined
        ? ['Waiting for the first numbers …']
        : topTable(this.#snapshot, view, columns, paint);
    const room = Math.max(1, rows - 3);
    const at = body.findIndex((line) => SELECTED.test(line));
    if (at >= this.#top + room) this.#top = at - room + 1;
    if (at !== -1 && at < this.#top) this.#top = at;
    this.#top = Math.max(0, Math.min(this.#top, body.length - room));
    const lines = [paint.dim(cutTo(this.#headText(), columns)), '', ...body.slice(this.#top, this.#top + room)];
    while (lines.length < rows - 1) lines.push('');
    const keys = `s sort: ${this.#order}   p ${this.#isPaused ? 'go on' : 'pause'}   ↑↓ Enter a node   q quit`;
    lines.push(paint.dim(cutTo(keys, columns)));
    void this.#terminal.write(
      `${HOME}${lines.map((line) => `${harmless(line)}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`,
    );
  }

  #headText(): string {
    const runner = this.#snapshot?.runner;
    const place = runner === undefined ? '' : `  pid ${runner.pid} on ${runner.host}`;
    const clock = (ms: number): string => new Date(ms).toTimeString().slice(0, 8);
    const state =
      this.#lostMs === undefined
        ? this.#isPaused
          ? '  PAUSED'
          : `  ${clock(this.#snapshot?.atMs ?? Date.now())}`
        : `  DISCONNECTED since ${clock(this.#lostMs)}, trying again`;
    return oneLine(`${this.#title}${place}${state}`);
  }
}
