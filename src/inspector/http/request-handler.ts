import type { IncomingMessage, ServerResponse } from 'node:http';
import { getLogger } from '../../index.js';
import { answerTo, isOfStore, NOT_FOUND, refused, type Answer } from '../answer.js';
import type { ApiRequest, ApiRoutes } from '../api-routes.js';
import type { RunnerView } from '../api.js';
import type { InspectorSettings } from '../inspector-options.js';
import type { StreamClients } from '../live/stream-clients.js';
import type { PageFolder } from '../page-folder.js';
import { isCaller, type Gatekeeper } from './gatekeeper.js';
import { foreignHost } from './host-check.js';
import { sendPage } from './page-answer.js';
import { readJson } from './read-json.js';
import { placeOf, type RequestPlace } from './request-place.js';
import { setSafeHeaders } from './safe-headers.js';

/** What a server or a framework calls for each request. */
export type InspectorHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void;

/** How long a stream goes on before who it is for is asked again, where `authorize` says so. */
const ASK_AGAIN_MS = 600_000;

/** What requests are answered with. */
export interface RequestSources {
  readonly settings: InspectorSettings;
  readonly gatekeeper: Gatekeeper;
  readonly routes: ApiRoutes;
  readonly streams: StreamClients;
  readonly page: PageFolder;
  readonly runner: () => RunnerView;
  readonly isClosed: () => boolean;
}

/** Whoever finds us closed must not keep the connection that a shutdown waits for. */
const CLOSED: Answer = refused(503, 'CLOSED', 'The inspector has been closed', { connection: 'close' });

/** Answers the requests that come to the inspector. */
export class RequestHandler {
  readonly #sources: RequestSources;

  constructor(sources: RequestSources) {
    this.#sources = sources;
  }

  handle(request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void {
    const { allowedHosts, path } = this.#sources.settings;
    const place = placeOf(request, path);
    if (place === undefined && next !== undefined) {
      next();
      return;
    }
    // Somebody before us has answered already, as limits of time do.
    if (response.headersSent || response.writableEnded) return;
    setSafeHeaders(response);
    const foreign = foreignHost(request, allowedHosts);
    if (foreign !== undefined) this.#send(request, response, refused(421, 'FOREIGN_HOST', foreign));
    else if (place === undefined) this.#send(request, response, NOT_FOUND);
    else if (place.slashed !== undefined) redirect(response, place.slashed);
    else if (this.#sources.isClosed()) this.#send(request, response, CLOSED);
    else if (place.segments[0] === 'api') void this.#api(request, response, place);
    else void sendPage(request, response, this.#sources.page, place.segments.join('/'));
  }

  async #api(request: IncomingMessage, response: ServerResponse, place: RequestPlace): Promise<void> {
    let answer: Answer | undefined;
    try {
      answer = await this.#answer(request, response, place);
    } catch (error) {
      // Who has gone away in the middle of a request is no failure of ours.
      if (response.destroyed) return;
      answer = answerTo(error);
      if (answer === undefined || isOfStore(error)) {
        getLogger('inspector').error('inspector_failed', { event: 'inspector_failed', error });
        answer ??= refused(500, 'INTERNAL', 'The inspector failed; its log says why');
      }
    }
    if (answer !== undefined) this.#send(request, response, answer);
  }

  /** Undefined for what goes on. */
  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    { segments: [, ...segments], query }: RequestPlace,
  ): Promise<Answer | undefined> {
    const { method = 'GET', headers } = request;
    const isPost = segments[0] === 'cancel' || segments[0] === 'replay';
    const allowed = isPost ? ['POST'] : ['GET', 'HEAD'];
    if (!allowed.includes(method)) {
      return refused(405, 'METHOD_NOT_ALLOWED', `Allowed: ${allowed.join(', ')}`, { allow: allowed.join(', ') });
    }
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && (site !== 'none' || isPost)) {
      return refused(403, 'CROSS_SITE', 'The API answers pages of its own origin');
    }
    const { gatekeeper, routes, streams, settings } = this.#sources;
    const caller = await gatekeeper.letIn(request);
    if (!isCaller(caller)) return caller;
    const asked: ApiRequest = { caller, segments, query };
    if (isPost) {
      const body = await readJson(request);
      return 'status' in body ? body : routes.post(asked, body.json);
    }
    if (segments[0] !== 'stream' || segments.length !== 1) return routes.get(asked);
    if (method === 'HEAD') return { status: 200, body: {} };
    const level = query.get('lines') || undefined;
    const lastEventId = headers['last-event-id'] as string | undefined;
    const stream = { caller, flow: query.get('flow') || undefined, level, lastEventId };
    return streams.open(request, response, stream, settings.authorize === undefined ? Infinity : ASK_AGAIN_MS);
  }

  #send({ method }: IncomingMessage, response: ServerResponse, { status, body, headers = {} }: Answer): void {
    if (response.headersSent || response.writableEnded || response.destroyed) return;
    const runner = this.#sources.runner();
    const json = JSON.stringify(Array.isArray(body) ? body : { ...body, runner });
    response.statusCode = status;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader('penguiflow-runner', `${inHeader(runner.host)}; pid=${runner.pid}; started=${runner.startedMs}`);
    response.setHeader('cache-control', 'no-store');
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.setHeader('content-length', Buffer.byteLength(json));
    response.end(method === 'HEAD' ? undefined : json);
  }
}

/** Names of hosts may be of any language, and headers are of ASCII. */
function inHeader(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/g, '?');
}

/** Relative, so that it holds behind whatever takes a prefix off. */
function redirect(response: ServerResponse, to: string): void {
  response.statusCode = 308;
  response.setHeader('location', `./${to}`);
  response.setHeader('cache-control', 'no-store');
  response.end();
}
