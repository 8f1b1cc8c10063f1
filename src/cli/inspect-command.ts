import { oneLine } from '../logging/lines/human/human-text.js';
import { EXIT } from './exit-codes.js';
import { parsePort } from './option-values.js';
import { paintFor } from './paint.js';
import { findPlace } from './sources/find-place.js';
import { InspectorClient } from './sources/inspector-client.js';
import { withStore } from './sources/open-store.js';
import { ReadOnlyStore } from './sources/read-only-store.js';
import type { InspectorPlace, SourceOptions, StorePlace } from './sources/source-options.js';
import type { Terminal } from './terminal.js';

/** Options of `penguiflow inspect`. */
export interface InspectOptions extends SourceOptions {
  readonly port?: string;
}

/** No signal comes for so long; what keeps the process is a timer. */
const LONG_MS = 2 ** 31 - 1;

/** `penguiflow inspect` */
export async function openInspector(terminal: Terminal, options: InspectOptions): Promise<number> {
  const port = options.port === undefined ? undefined : parsePort(options.port, '--port');
  if (port !== undefined || options.store !== undefined) {
    return serveStore(terminal, await findPlace(terminal, options, 'store'), port ?? 0);
  }
  const place = await findPlace(terminal, options, 'any-app');
  return place.kind === 'inspector' ? printUrl(terminal, place) : serveStore(terminal, place, 0);
}

/** Of an application that runs: the one place where a token is printed, as it is part of the URL. */
async function printUrl(terminal: Terminal, place: InspectorPlace): Promise<number> {
  const { title } = await new InspectorClient(place).hello();
  const { dim } = paintFor(terminal.colours);
  if (terminal.isInteractive) terminal.note(dim(`The inspector of ${oneLine(title)}; its token is in the URL.`));
  await terminal.print(`${place.url}${place.token === undefined ? '' : `#token=${place.token}`}\n`);
  return EXIT.ok;
}

async function serveStore(terminal: Terminal, place: StorePlace, port: number): Promise<number> {
  const [{ createInspector }, { FlowHistory }] = await Promise.all([
    import('../inspector/index.js'),
    import('../store/index.js'),
  ]);
  const title = place.file ?? 'Postgres';
  return withStore(place, 'read', async (store) => {
    // Wrong tables are said now, and not by the page.
    await store.stats();
    const history = new FlowHistory(new ReadOnlyStore(store));
    const inspector = createInspector({ flows: [], history, title });
    try {
      // It is no application: whoever looks for one does not want it.
      const { url } = await inspector.listen({ port, announce: false });
      if (terminal.isInteractive)
        terminal.note(paintFor(terminal.colours).dim(`${title}, to look at. Ctrl+C ends it.`));
      await terminal.print(`${url}\n`);
      await untilSignal();
      return EXIT.ok;
    } finally {
      await inspector.close();
    }
  });
}

async function untilSignal(): Promise<void> {
  const timer = setInterval(() => undefined, LONG_MS);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  clearInterval(timer);
}
