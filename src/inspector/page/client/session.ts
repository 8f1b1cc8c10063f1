import { batch, signal } from '@preact/signals';

/** Of this mount: one origin may have several inspectors. */
const KEY = `penguiflow-token:${location.pathname}`;

/** The token of this tab. It is never in a cookie, and in the address bar only until the page has seen it. */
export const token = signal(stored());

/** The server wants a token, and this is what it said about the last one; undefined while all is well. */
export const refusedToken = signal<string | undefined>(undefined);

/** Takes `#token=…` out of the address bar, and keeps it for this tab. What follows as `&to=/trace/42` is where the link leads. */
export function takeToken(): void {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const found = fragment.get('token');
  if (found === null) return;
  const to = fragment.get('to') ?? '/';
  history.replaceState(null, '', `${location.pathname}${location.search}#${to}`);
  keepToken(found);
}

/** Takes a token that somebody typed or that came in the address. */
export function keepToken(text: string): void {
  batch(() => {
    token.value = text;
    refusedToken.value = undefined;
  });
  try {
    sessionStorage.setItem(KEY, text);
  } catch {
    // Storage may be forbidden: the token then lives as long as the page.
  }
}

function stored(): string {
  try {
    return sessionStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}
