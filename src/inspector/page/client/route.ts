import { computed, signal } from '@preact/signals';

const SCREENS = ['flow', 'traces', 'trace', 'logs', 'store'] as const;

export type Screen = (typeof SCREENS)[number];

/** What the hash says: `#/flow/Orders/Charge?view=table`. */
export interface Route {
  readonly screen: Screen;
  /** What follows the screen, decoded: names of flow and node, or the number of a run. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

const hash = signal(location.hash);

/** Where the page is. */
export const route = computed<Route>(() => parseHash(hash.value));

/** Follows the address bar. */
export function followHash(): void {
  hash.value = location.hash;
}

/** The address of a screen. */
export function linkTo(
  screen: Screen,
  parts: readonly string[] = [],
  query: Readonly<Record<string, string>> = {},
): string {
  const path = [screen, ...parts.map(encodeURIComponent)].join('/');
  const search = String(new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')));
  return `#/${path}${search === '' ? '' : `?${search}`}`;
}

/** Goes there, so that the browser's back button leads back. */
export function goTo(link: string): void {
  location.hash = link;
  followHash();
}

/** Changes the address without a new entry in the browser's history. */
export function replaceLink(link: string): void {
  history.replaceState(null, '', link);
  followHash();
}

function parseHash(text: string): Route {
  const [path = '', search = ''] = text.replace(/^#\/?/, '').split('?', 2);
  const [first = '', ...parts] = path
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  const screen = SCREENS.find((each) => each === first) ?? 'flow';
  return { screen, parts: screen === first ? parts : [], query: new URLSearchParams(search) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
