import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { isIP, type AddressInfo } from 'node:net';
import { SystemClock, type Clock, type PenguiFlow } from '../index.js';
import { Actions } from './actions.js';
import { ApiRoutes } from './api-routes.js';
import { writeDiscoveryFile } from './discovery-file.js';
import { fastifyPlugin, type InspectorFastifyPlugin } from './fastify-plugin.js';
import { Gatekeeper } from './http/gatekeeper.js';
import { RequestHandler, type InspectorHandler } from './http/request-handler.js';
import { InspectedFlows, lineSource } from './inspected-flows.js';
import {
  checkFlow,
  invalidOption,
  mustBeSafe,
  readInspectorOptions,
  type InspectorOptions,
  type InspectorSettings,
} from './inspector-options.js';
import { LineTail } from './live/line-tail.js';
import { LiveSampler } from './live/live-sampler.js';
import { StreamClients } from './live/stream-clients.js';
import { PAGE_FOLDER, PageFolder } from './page-folder.js';

/** Where `listen` listens. */
export interface ListenOptions {
  /** @defaultValue a free one */
  readonly port?: number;
  /** @defaultValue '127.0.0.1', which only this machine reaches */
  readonly host?: string;
  /** Leave a file by which the command line of this user finds it. @defaultValue true */
  readonly announce?: boolean;
}

/** Where it listens. */
export interface ListeningInspector {
  /** With the token behind `#`, where it does not leave the browser; without one where `authorize` decides. */
  readonly url: string;
  readonly port: number;
}

/** Parts that tests put in the place of the real ones. */
export interface InspectorParts {
  readonly clock?: Clock;
  readonly page?: URL;
  readonly discoveryFolder?: string;
}

/** Shows flows to people: serves the page and its API. Made by {@link createInspector}. */
export interface Inspector extends AsyncDisposable {
  /**
   * For `http.createServer`, `app.use(path, …)` of Express, and Connect.
   * @throws FlowError `INSPECTOR_UNSAFE` without a token of 32 characters and `authorize`
   */
  readonly handler: InspectorHandler;
  /**
   * For `app.register(inspector.fastify, { prefix })`.
   * @throws FlowError `INSPECTOR_UNSAFE` without a token of 32 characters and `authorize`
   */
  readonly fastify: InspectorFastifyPlugin;
  /**
   * Serves it by itself, and leaves a file that only this user can read, by which the command line finds it. It does not keep the process
   * alive, and prints nothing.
   *
   * @throws FlowError `INSPECTOR_UNSAFE` for a host beyond this machine without a token of 32 characters and `authorize`; `INVALID_OPTION`
   * @example
   * ```ts
   * const { url } = await inspector.listen();
   * console.log(`inspector at ${url}`);
   * ```
   */
  listen(options?: ListenOptions): Promise<ListeningInspector>;
  /**
   * Shows another flow, one that was made later.
   * @throws FlowError `INVALID_OPTION`
   */
  add(flow: PenguiFlow): void;
  /** Ends its streams and its server, and what it records. What is still asked of `handler` and `fastify` is answered with 503. */
  close(): Promise<void>;
}

/**
 * Shows flows live, finds the runs that failed, and says why: a page, and the API that it speaks. Safe as it is: it only shows, answers
 * only who has its token, and `listen()` is reached from this machine alone.
 *
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * const inspector = createInspector({ flows: [orders], history, actions: ['cancel', 'replay'] });
 * const { url } = await inspector.listen();
 * ```
 */
export function createInspector(options: InspectorOptions): Inspector {
  return new InspectorServer(options);
}

/** The inspector of a process. */
export class InspectorServer implements Inspector {
  readonly #settings: InspectorSettings;
  readonly #flows: InspectedFlows;
  readonly #streams: StreamClients;
  readonly #gatekeeper: Gatekeeper;
  readonly #requests: RequestHandler;
  readonly #nonce = randomBytes(16).toString('hex');
  readonly #discoveryFolder: string | undefined;
  #token: string | undefined;
  readonly #servers = new Set<Server>();
  readonly #endDiscovery: (() => void)[] = [];
  #isClosed = false;

  constructor(options: InspectorOptions, { clock = new SystemClock(), page, discoveryFolder }: InspectorParts = {}) {
    const settings = readInspectorOptions(options);
    const { flows, history, token, authorize, actions, title, logger, record } = settings;
    this.#settings = settings;
    this.#discoveryFolder = discoveryFolder;
    this.#token = token;
    const lines = lineSource(logger);
    this.#flows = new InspectedFlows(flows, history, lines, clock);
    const sampler = new LiveSampler(this.#flows, clock);
    const tail = new LineTail(lines, () => clock.now());
    this.#streams = new StreamClients(this.#flows, sampler, tail, clock, this.#nonce.slice(0, 8));
    this.#gatekeeper = new Gatekeeper(clock, actions, token, authorize);
    const done = new Actions(this.#flows, clock, logger, (taken, tenant) => this.#streams.action(taken, tenant));
    this.#requests = new RequestHandler({
      ...{ settings, gatekeeper: this.#gatekeeper, streams: this.#streams },
      routes: new ApiRoutes(this.#flows, done, title, this.#nonce),
      page: new PageFolder(page ?? PAGE_FOLDER),
      runner: () => this.#flows.runner,
      isClosed: () => this.#isClosed,
    });
    if (record) this.#flows.recordInMemory();
  }

  get handler(): InspectorHandler {
    mustBeSafe(this.#settings, '`handler`');
    return this.#handle;
  }

  get fastify(): InspectorFastifyPlugin {
    mustBeSafe(this.#settings, '`fastify`');
    return fastifyPlugin(this.#handle);
  }

  async listen({ port = 0, host = '127.0.0.1', announce = true }: ListenOptions = {}): Promise<ListeningInspector> {
    if (!(Number.isInteger(port) && port >= 0 && port < 65_536))
      throw invalidOption('port', 'a whole number from 0 to 65,535', port, 'listen()');
    if (typeof host !== 'string' || host === '') throw invalidOption('host', 'a name or an address', host, 'listen()');
    if (typeof announce !== 'boolean') throw invalidOption('announce', 'true or false', announce, 'listen()');
    if (!isLoopback(host)) mustBeSafe(this.#settings, `listen({ host: ${JSON.stringify(host)} })`);
    const { authorize, path } = this.#settings;
    if (authorize === undefined && this.#token === undefined) {
      this.#token = randomBytes(32).toString('base64url');
      this.#gatekeeper.token = this.#token;
    }
    const server = createServer((request, response) => this.#handle(request, response));
    // A process that has nothing else to do ends.
    server.unref();
    server.on('connection', (socket) => socket.unref());
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    this.#servers.add(server);
    const { port: bound } = server.address() as AddressInfo;
    const base = `http://${authorityOf(host)}:${bound}${path}/`;
    if (announce) await this.#announce(base);
    return { url: this.#token === undefined ? base : `${base}#token=${this.#token}`, port: bound };
  }

  add(flow: PenguiFlow): void {
    checkFlow(flow);
    this.#flows.add(flow);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const end of this.#endDiscovery.splice(0)) {
      process.removeListener('exit', end);
      end();
    }
    this.#streams.close();
    const servers = [...this.#servers];
    this.#servers.clear();
    await Promise.all(
      servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    );
    await this.#flows.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  readonly #handle: InspectorHandler = (request, response, next) => this.#requests.handle(request, response, next);

  async #announce(url: string): Promise<void> {
    const { startedMs, pid } = this.#flows.runner;
    const title = this.#settings.title ?? this.#flows.all.map(({ name }) => name).join(', ');
    const entry = {
      app: 'penguiflow',
      url,
      token: this.#token ?? null,
      pid,
      nonce: this.#nonce,
      title,
      startedMs,
    } as const;
    const end = await writeDiscoveryFile(entry, this.#discoveryFolder);
    process.once('exit', end);
    this.#endDiscovery.push(end);
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** What leads there from this machine. */
function authorityOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIP(host) === 6 ? `[${host}]` : host;
}
