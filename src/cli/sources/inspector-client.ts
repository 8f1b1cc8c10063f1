import { oneLine } from '../../logging/lines/human/human-text.js';
import type { LiveSnapshot } from '../../inspector/api-live.js';
import type { ActionAnswer, Hello, LineList, Refusal, ReplayRequest, ReplayView } from '../../inspector/api.js';
import { API_VERSION } from '../../inspector/api.js';
import { CommandFailure } from '../command-failure.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { eventsOf, jsonOf } from './answer-body.js';
import { misshapenAt } from './answer-shape.js';
import { ANSWERS } from './answer-shapes.js';
import type { RunPageView, TraceView } from './run-source.js';
import type { InspectorPlace } from './source-options.js';

/** What an inspector answers with, by the name of its shape. */
interface Answers {
  readonly hello: Hello;
  readonly runs: RunPageView;
  readonly run: TraceView;
  readonly lines: LineList;
  readonly plan: ReplayView;
  readonly action: ActionAnswer;
  readonly snapshot: LiveSnapshot;
}

type Query = Readonly<Record<string, string | undefined>>;

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
    const answer = await this.#answer(await this.#fetch('hello', {}, { signal: AbortSignal.timeout(HELLO_MS) }));
    const { app, api } = (answer ?? {}) as Partial<Hello>;
    if (app !== 'penguiflow') throw this.#isNone();
    if (api !== API_VERSION) {
      throw new CommandFailure(
        EXIT.unreachable,
        `${this.url} is an inspector of another version of penguiflow`,
        'Use the command line that is installed with that application.',
      );
    }
    return this.#shaped('hello', answer);
  }

  async get<Name extends keyof Answers>(shape: Name, path: string, query: Query = {}): Promise<Answers[Name]> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return this.#shaped(shape, await this.#answer(await this.#fetch(path, query, { signal })));
  }

  async replay(request: ReplayRequest): Promise<ActionAnswer> {
    const answer = await this.#fetch(
      'replay',
      {},
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
    );
    return this.#shaped('action', await this.#answer(answer));
  }

  /** Until the other side ends it, or `signal` does. */
  async *snapshots(flow: string | undefined, signal: AbortSignal): AsyncGenerator<LiveSnapshot> {
    const response = await this.#fetch('stream', { flow }, { signal, headers: { accept: 'text/event-stream' } });
    if (!response.ok) await this.#answer(response);
    const events = eventsOf(response);
    try {
      for (;;) {
        const next = await events.next().catch((error: unknown) => this.#broken(error, signal));
        if (next === undefined || next.done === true) return;
        const { event, data } = next.value;
        if (event === 'snapshot') yield this.#shaped('snapshot', data);
      }
    } finally {
      await events.return(undefined);
    }
  }

  async #fetch(path: string, query: Query, init: RequestInit): Promise<Response> {
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

  async #answer(response: Response): Promise<unknown> {
    const body = await jsonOf(response).catch((error: unknown) => this.#broken(error));
    if (response.ok) return body;
    const { error } = (body ?? {}) as Partial<Refusal>;
    if (typeof error?.message !== 'string') throw this.#isNone();
    const exitCode = EXITS[response.status] ?? EXIT.failed;
    throw new CommandFailure(exitCode, oneLine(error.message), this.#hint(response.status));
  }

  /** @throws CommandFailure for an answer of which something is not what it has to be */
  #shaped<Name extends keyof Answers>(shape: Name, answer: unknown): Answers[Name] {
    const at = misshapenAt(answer, ANSWERS[shape]);
    if (at === undefined) return answer as Answers[Name];
    throw new CommandFailure(
      EXIT.unreachable,
      `${this.url} answers what no inspector of this version does${at === '' ? '' : ` (${oneLine(at)})`}`,
      'Use the command line that is installed with that application.',
    );
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

  /** What was wrong with an answer; undefined where it was ended by us. */
  #broken(error: unknown, signal?: AbortSignal): undefined {
    if (signal?.aborted === true) return undefined;
    throw error instanceof SyntaxError || error instanceof CommandFailure ? this.#isNone() : this.#unreachable(error);
  }

  #unreachable(error: unknown): CommandFailure {
    const { cause, name, message } = error as Error & { cause?: { code?: string; message?: string } };
    const why = name === 'TimeoutError' ? 'no answer in time' : (cause?.code ?? cause?.message ?? message);
    return new CommandFailure(EXIT.unreachable, `Nobody answers at ${this.url} (${oneLine(why)})`);
  }
}
