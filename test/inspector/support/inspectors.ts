import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Clock } from '#src/index.js';
import { InspectorServer } from '#src/inspector/inspector.js';
import type { InspectorOptions } from '#src/inspector/inspector-options.js';

/** Long enough to be safe. */
export const TOKEN = 'a-token-of-more-than-32-characters-0123';

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: never;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** False: none. */
  readonly token?: string | false;
}

/** Inspectors and the servers that serve them, for the tests of the enclosing `describe`; all are closed after each. */
export class InspectorBench {
  page = new URL('file:///nowhere/');
  folder = '';
  readonly #inspectors: InspectorServer[] = [];
  readonly #servers: { close(): unknown }[] = [];

  async open(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'penguiflow-inspector-'));
    const page = join(this.folder, 'page');
    await mkdir(join(page, 'assets'), { recursive: true });
    await writeFile(join(page, 'index.html'), '<!doctype html><title>inspector</title>');
    await writeFile(join(page, 'assets', 'main-Ab3dEf9h.js'), `console.log(${JSON.stringify('x'.repeat(3_000))});`);
    await writeFile(join(this.folder, 'secret.html'), 'out of the page');
    this.page = pathToFileURL(`${page}/`);
  }

  inspector(options: Partial<InspectorOptions> = {}, clock?: Clock): InspectorServer {
    const access = options.authorize === undefined ? { token: TOKEN } : {};
    const made = new InspectorServer(
      { flows: [], ...access, ...options },
      { page: this.page, discoveryFolder: join(this.folder, 'run'), ...(clock === undefined ? {} : { clock }) },
    );
    this.#inspectors.push(made);
    return made;
  }

  /** Serves a listener on the loopback; resolves with its origin. */
  async serve(listener: RequestListener): Promise<string> {
    const server: Server = createServer(listener);
    const close = (): void => {
      server.closeAllConnections();
      server.close();
    };
    this.keep({ close });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Closes it after the test. */
  keep(server: { close(): unknown }): void {
    this.#servers.push(server);
  }

  async close(): Promise<void> {
    for (const inspector of this.#inspectors.splice(0)) await inspector.close();
    for (const server of this.#servers.splice(0)) await server.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export function useInspectors(): InspectorBench {
  const bench = new InspectorBench();
  beforeEach(() => bench.open());
  afterEach(() => bench.close());
  return bench;
}

/** A request as it is, with whatever headers: with the right token unless another is asked for. */
export function ask(url: string, { method = 'GET', headers = {}, body, token = TOKEN }: Asked = {}): Promise<Answered> {
  const { hostname, port } = new URL(url);
  const access: Record<string, string> = token === false ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      // Not the parsed path, in which dots are gone.
      {
        hostname,
        port,
        path: url.slice(url.indexOf('/', 8)),
        method,
        headers: { ...access, ...headers },
        agent: false,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => (text += piece));
        response.on('end', () => {
          const isJson = response.headers['content-type']?.includes('json') === true && text !== '';
          const json = isJson ? (JSON.parse(text) as never) : (undefined as never);
          resolve({ status: response.statusCode as number, headers: response.headers, text, json });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

export function post(url: string, body: unknown, asked: Asked = {}): Promise<Answered> {
  const headers = { 'content-type': 'application/json', ...asked.headers };
  return ask(url, { ...asked, method: 'POST', headers, body: JSON.stringify(body) });
}
