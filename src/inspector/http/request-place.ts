import type { IncomingMessage } from 'node:http';

/** Where a request leads, seen from where the inspector is mounted. */
export interface RequestPlace {
  /** Decoded, without the first slash: empty for the page. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  /** Set for the mount without its slash, from which relative URLs would lead elsewhere: where to go instead. */
  readonly slashed: string | undefined;
}

/**
 * Reads where a request leads; undefined for what is not below `path`, or cannot be read.
 *
 * @param path - what the server leaves in `req.url`; frameworks that mount take it off, and keep what was there in `originalUrl`
 */
export function placeOf(request: IncomingMessage, path: string): RequestPlace | undefined {
  const url = request.url ?? '/';
  const { originalUrl = url } = request as { readonly originalUrl?: string };
  const [pathname, search] = parted(url);
  const isBelow = pathname === path || pathname.startsWith(`${path}/`);
  const isMounted = originalUrl !== url;
  if (path !== '' && !isBelow && !isMounted) return undefined;
  const inside = isBelow ? pathname.slice(path.length) : pathname;
  const segments = decoded(inside);
  if (segments === undefined) return undefined;
  const [full] = parted(originalUrl);
  const isUnslashed = (inside === '' || inside === '/') && full !== '' && !full.endsWith('/');
  const slashed = isUnslashed ? `${full.slice(full.lastIndexOf('/') + 1)}/${search}` : undefined;
  return { segments, query: new URLSearchParams(search), slashed };
}

function parted(url: string): readonly [pathname: string, search: string] {
  const at = url.search(/[?#]/);
  return at === -1 ? [url, ''] : [url.slice(0, at), url[at] === '?' ? url.slice(at) : ''];
}

function decoded(path: string): readonly string[] | undefined {
  try {
    return path.split('/').slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
