import { oneLine } from '../../logging/lines/human/human-text.js';
import { CommandFailure } from '../command-failure.js';
import { EXIT } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';
import { CONFIG_FILE, readConfig } from './config-file.js';
import { discoveredApps, type DiscoveredApp } from './discovery.js';
import { InspectorClient } from './inspector-client.js';
import { inspectorPlace, storePlace } from './read-place.js';
import type { InspectorPlace, Place, SourceOptions, StorePlace } from './source-options.js';

/** What a command can use. */
type Wanted = 'any' | 'any-app' | 'inspector' | 'store';

/** Something that says where to look, and what it is called. */
interface Said {
  readonly options: SourceOptions;
  readonly url: string;
}

/** The first place that something names: options, the environment, the file of the project, an application that runs here. */
export async function findPlace(
  terminal: Terminal,
  options: SourceOptions,
  wanted: 'inspector',
): Promise<InspectorPlace>;
export async function findPlace(terminal: Terminal, options: SourceOptions, wanted: 'store'): Promise<StorePlace>;
export async function findPlace(terminal: Terminal, options: SourceOptions, wanted: 'any' | 'any-app'): Promise<Place>;
export async function findPlace(terminal: Terminal, options: SourceOptions, wanted: Wanted): Promise<Place> {
  // An application goes first, wherever it is named, and a store is what is left.
  if (wanted === 'any-app') {
    const place = await lookFor(terminal, options, 'inspector');
    return place ?? (await lookFor(terminal, options, 'store')) ?? nothingFound(terminal, options, 'any');
  }
  if (wanted === 'inspector' && options.store !== undefined) return nothingFound(terminal, options, wanted);
  return (await lookFor(terminal, options, wanted)) ?? nothingFound(terminal, options, wanted);
}

async function lookFor(
  terminal: Terminal,
  options: SourceOptions,
  wanted: Exclude<Wanted, 'any-app'>,
): Promise<Place | undefined> {
  checkOptions(options);
  const { env } = terminal;
  const asked = [
    { options, url: '--url' },
    { options: fromEnv(env), url: 'PENGUIFLOW_URL' },
  ];
  for (const said of asked) {
    const place = placeIn(said, wanted);
    if (place !== undefined) return place;
  }
  const config = readConfig(process.cwd());
  const configured =
    config === undefined ? undefined : placeIn({ options: config, url: `url in ${CONFIG_FILE}` }, wanted);
  // An application that is named by its title runs here.
  if (configured !== undefined && options.app === undefined) return configured;
  return wanted === 'store' ? undefined : discovered(env, options.app);
}

function checkOptions({ url, token, store, schema, app }: SourceOptions): void {
  if (url !== undefined && store !== undefined) throw new CommandFailure(EXIT.usage, 'Give one of --url and --store');
  if (token !== undefined && url === undefined) {
    throw new CommandFailure(
      EXIT.usage,
      '--token goes with --url',
      'A token is only sent to the URL that it came with.',
    );
  }
  if (schema !== undefined && store === undefined) throw new CommandFailure(EXIT.usage, '--schema goes with --store');
  if (app !== undefined && (url ?? store) !== undefined) {
    throw new CommandFailure(EXIT.usage, 'Give one of --app, --url and --store');
  }
}

function fromEnv(env: NodeJS.ProcessEnv): SourceOptions {
  const [url, token, store] = ['URL', 'TOKEN', 'STORE'].map((name) => env[`PENGUIFLOW_${name}`] || undefined);
  return {
    ...(url === undefined ? {} : { url, ...(token === undefined ? {} : { token }) }),
    ...(store === undefined ? {} : { store }),
  };
}

/** A store is there also while nothing runs, so it goes first where either will do. */
function placeIn({ options, url }: Said, wanted: Exclude<Wanted, 'any-app'>): Place | undefined {
  if (wanted !== 'inspector' && options.store !== undefined) return storePlace(options);
  return wanted !== 'store' && options.url !== undefined ? inspectorPlace(options, url) : undefined;
}

async function discovered(env: NodeJS.ProcessEnv, app: string | undefined): Promise<InspectorPlace | undefined> {
  const named = discoveredApps(env).filter(
    ({ title, pid }) => app === undefined || app === title || app === String(pid),
  );
  const alive = await Promise.all(named.map(whoAnswers));
  const apps = alive.filter((each) => each !== undefined);
  if (apps.length > 1) {
    const list = apps
      .map(({ pid, title, url }) => `  ${String(pid).padStart(7)}  ${oneLine(title)}  ${url}`)
      .join('\n');
    throw new CommandFailure(
      EXIT.usage,
      `${apps.length} applications run here:\n${list}`,
      'Name one with --app, by its title or pid.',
    );
  }
  const [only] = apps;
  if (only === undefined && app !== undefined) {
    throw new CommandFailure(EXIT.notFound, `No application ${JSON.stringify(app)} with an inspector runs here`);
  }
  return only === undefined ? undefined : placeOf(only);
}

/** The pid may be another process's by now: it is the one that knows the nonce. */
async function whoAnswers(app: DiscoveredApp): Promise<DiscoveredApp | undefined> {
  try {
    const { nonce } = await new InspectorClient(placeOf(app)).hello();
    return nonce === app.nonce ? app : undefined;
  } catch {
    return undefined;
  }
}

function placeOf({ url, token }: DiscoveredApp): InspectorPlace {
  return inspectorPlace({ url, ...(token === null ? {} : { token }) }, 'url');
}

function nothingFound({ env }: Terminal, options: SourceOptions, wanted: Exclude<Wanted, 'any-app'>): never {
  const hasStore = [options, fromEnv(env), readConfig(process.cwd())].some((said) => said?.store !== undefined);
  const message =
    wanted === 'any'
      ? 'There is neither a store nor an application to look at'
      : wanted === 'store'
        ? 'There is no store to look at'
        : hasStore
          ? 'This needs an application that runs, and all there is is a store'
          : 'No application with an inspector runs here';
  throw new CommandFailure(EXIT.usage, message, hintFor(wanted));
}

function hintFor(wanted: Exclude<Wanted, 'any-app'>): string {
  const store = `--store FILE or --store postgres://…, PENGUIFLOW_STORE, or "store" in ${CONFIG_FILE}`;
  const url = `--url, PENGUIFLOW_URL, or "url" in ${CONFIG_FILE}`;
  const found = 'An inspector that listens on this machine is found by itself.';
  if (wanted === 'store') return `Name one: ${store}.`;
  return wanted === 'any' ? `Name a store: ${store}; or an inspector: ${url}. ${found}` : `Name one: ${url}. ${found}`;
}
