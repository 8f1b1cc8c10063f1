import type { Answered, Refusal } from '../../api.js';
import { refusedToken, token } from './session.js';

/** What the server said instead of an answer. */
export class Refused extends Error {
  constructor(
    /** Of HTTP; 0 when there was no answer at all. */
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Asks; parts of the query that are empty are left out. */
export async function get<T extends Answered | readonly unknown[]>(
  path: string,
  query: Readonly<Record<string, string | undefined>> = {},
  signal: AbortSignal | null = null,
): Promise<T> {
  const given = Object.entries(query).filter((pair): pair is [string, string] => (pair[1] ?? '') !== '');
  const search = given.length === 0 ? '' : `?${String(new URLSearchParams(given))}`;
  const response = await request(`api/${path}${search}`, { signal, cache: 'no-store' });
  return (await response.json()) as T;
}

/** Asks for something to be done. */
export async function post<T extends Answered>(path: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const response = await request(`api/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await response.json()) as T;
}

/** A request with the token. Relative, so that it works below any prefix. Whatever is not 2xx is thrown as {@link Refused}. */
export async function request(path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token.value !== '') headers.set('authorization', `Bearer ${token.value}`);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, credentials: 'same-origin', redirect: 'manual' });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new Refused(0, 'UNREACHABLE', 'The process does not answer.');
  }
  if (response.ok) return response;
  if (response.type === 'opaqueredirect') {
    throw new Refused(302, 'REDIRECT', 'You are asked to sign in: load this page again.');
  }
  const refusal = await refusalOf(response);
  if (response.status === 401) {
    refusedToken.value = token.value === '' ? 'The inspector wants its token.' : 'That token is not the right one.';
  } else if (response.status === 429 && refusedToken.value !== undefined) {
    refusedToken.value = 'Too many wrong tokens: wait a second, then try again.';
  }
  throw refusal;
}

async function refusalOf(response: Response): Promise<Refused> {
  try {
    const { error } = (await response.json()) as Refusal;
    return new Refused(response.status, error.code, error.message);
  } catch {
    // Something between us and the inspector answered.
    return new Refused(response.status, 'HTTP', `The answer was ${response.status} ${response.statusText}`.trim());
  }
}

/** What to show of whatever was thrown. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
