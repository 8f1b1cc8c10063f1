import type { Hello, Refusal } from '../../inspector/api.js';
import { CommandFailure } from '../command-failure.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { InspectorPlace } from './source-options.js';

/** One event of `api/stream`. */
export interface StreamedEvent {
  readonly event: string;
  readonly data: unknown;
}

/** An answer takes no longer; a stream may. */
const TIMEOUT_MS = 30_000;
/** Whoever is to be found is here. */
const HELLO_MS = 3_000;
const EXITS: Readonly<Record<number, ExitCode>> = {
  400: EXIT.usage,
  401: EXIT.unreachable,
  403: EXIT.unreachable,
  404: EXIT.notFound,
  421: EXIT.unreachable,
  429: EXIT.unreachable,
  503: EXIT.unreachable,
};

/** Asks an inspector. Its token goes to its URL and nowhere else, whatever that answers, and into no message. */
export class InspectorClient {
  readonly #place: InspectorPlace;

  constructor(place: InspectorPlace) {
    this.#place = place;
  }

  /** Without the token. */
  get url(): string {
    return this.#place.url;
  }

  async hello(): Promise<Hello> {
    const hello = await this.get<Partial<Hello>>('hello', {}, HELLO_MS);
    if (hello.app === 'penguiflow') return hello as Hello;
    throw this.#isNone();
  }

  async get<T>(
    path: string,
    query: Readonly<Record<string, string | undefined>> = {},
    timeoutMs = TIMEOUT_MS,
  ): Promise<T> {
    return this.#json<T>(await this.#fetch(path, query, { signal: AbortSignal.timeout(timeoutMs) }));
  }

  async post<T>(path: string, body: object): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return this.#json<T>(
      await this.#fetch(
        path,
        {},
        { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(TIMEOUT_MS) },
      ),
    );
  }

  /** Until the other side ends it, or `signal` does. */
  async *stream(
    query: Readonly<Record<string, string | undefined>>,
    signal: AbortSignal,
  ): AsyncGenerator<StreamedEvent> {
    const response = await this.#fetch('stream', query, { signal, headers: { accept: 'text/event-stream' } });
    if (!response.ok) await this.#json(response);
    const decoder = new TextDecoder();
    let text = '';
    try {
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk as Uint8Array, { stream: true });
        const blocks = text.split(/\r?\n\r?\n/);
        text = blocks.pop() ?? '';
        for (const block of blocks) yield* eventIn(block);
      }
    } catch (error) {
      if (!signal.aborted) throw this.#unreachable(error);
    }
  }

  async #fetch(
    path: string,
    query: Readonly<Record<string, string | undefined>>,
    init: RequestInit,
  ): Promise<Response> {
    const url = new URL(`api/${path}`, this.#place.url);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    const { token } = this.#place;
    const headers = {
      ...(init.headers as object),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    try {
      // What redirects elsewhere would get the token there.
      return await fetch(url, { ...init, headers, redirect: 'manual' });
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  async #json<T>(response: Response): Promise<T> {
    let body: unknown;
    try {
      body = await response.json();
    } catch {
      throw this.#isNone();
    }
    if (response.ok) return body as T;
    const { error } = (body ?? {}) as Partial<Refusal>;
    if (typeof error?.message !== 'string') throw this.#isNone();
    throw new CommandFailure(EXITS[response.status] ?? EXIT.failed, error.message, this.#hint(response.status));
  }

  #hint(status: number): string | undefined {
    if (status !== 401) return undefined;
    return this.#place.token === undefined
      ? 'Give --token together with --url, or the URL with its #token=….'
      : `The token for ${this.url} is another one now: an inspector makes a new one at each start, unless it is given one.`;
  }

  #isNone(): CommandFailure {
    return new CommandFailure(
      EXIT.unreachable,
      `${this.url} is no inspector of penguiflow`,
      'Name the path that it is mounted at.',
    );
  }

  #unreachable(error: unknown): CommandFailure {
    const { cause } = error as { readonly cause?: { readonly code?: string } };
    const why =
      (error as Error).name === 'TimeoutError' ? 'no answer in time' : (cause?.code ?? (error as Error).message);
    return new CommandFailure(EXIT.unreachable, `Nobody answers at ${this.url} (${why})`);
  }
}

function* eventIn(block: string): Generator<StreamedEvent> {
  let event = 'message';
  let data = '';
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith('event:')) event = line.slice(6).trim();
    else if (line.startsWith('data:')) data += line.slice(5).trimStart();
  }
  if (data !== '') yield { event, data: JSON.parse(data) as unknown };
}
