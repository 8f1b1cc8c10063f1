import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { PageWorld } from './page-world.js';

/** What the real inspector sends with static files; a page that needs more than this does not work there. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export const TOKEN = 'a-token-of-at-least-32-characters-for-tests';

/** Serves the built page, and answers like an inspector whose world is made up. */
export class PageServer {
  /** All requests to `api/`, as `GET runs?status=failed`. */
  readonly asked: string[] = [];
  /** Bodies of POSTs. */
  readonly posted: { readonly path: string; readonly body: unknown }[] = [];
  /** All requests, whatever they are for. */
  hits = 0;
  readonly #server: Server;
  readonly #folder: string;
  readonly #streams = new Set<ServerResponse>();
  #world: PageWorld;
  #isDown = false;
  #login: string | undefined;

  private constructor(world: PageWorld, folder: string) {
    this.#world = world;
    this.#folder = folder;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  static async start(world: PageWorld, folder = 'lib/inspector/page'): Promise<PageServer> {
    const server = new PageServer(world, folder);
    await new Promise<void>((resolve) => {
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Below a prefix, as behind a proxy. */
  get url(): string {
    return `${this.origin}/ops/inspector/`;
  }

  get world(): PageWorld {
    return this.#world;
  }

  /** Another process under the same address. */
  become(world: PageWorld): void {
    this.#world = world;
  }

  /** One more second: a snapshot for all that listen. */
  tick(): void {
    this.#world.tick++;
    this.send('snapshot', this.#world.snapshot());
  }

  send(event: string, data: object): void {
    for (const stream of this.#streams) writeEvent(stream, event, data, this.#world.tick);
  }

  /** How many listen. */
  get listeners(): number {
    return this.#streams.size;
  }

  /** The process dies: streams break, and nobody answers. */
  die(): void {
    this.#isDown = true;
    for (const stream of this.#streams) stream.destroy();
    this.#streams.clear();
  }

  revive(): void {
    this.#isDown = false;
  }

  /** Ends streams in order. */
  endStreams(): void {
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
  }

  /** From now on the API leads to a login. */
  signOut(login: string): void {
    this.#login = login;
    this.endStreams();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.hits++;
    const { pathname, searchParams } = new URL(request.url ?? '/', this.origin);
    const path = pathname.replace('/ops/inspector/', '');
    if (!path.startsWith('api/')) {
      await this.#file(path, response);
    } else if (this.#isDown) {
      request.socket.destroy();
    } else if (this.#login !== undefined) {
      response.writeHead(302, { location: this.#login }).end();
    } else if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      json(response, 401, this.#world.refusal('UNAUTHORIZED', 'no'));
    } else if (path === 'api/stream') {
      this.asked.push(`GET stream?${String(searchParams)}`);
      this.#stream(response);
    } else {
      const name = path.slice('api/'.length);
      const search = String(searchParams);
      this.asked.push(`${request.method ?? ''} ${name}${search === '' ? '' : `?${search}`}`);
      const body = request.method === 'POST' ? await bodyOf(request) : undefined;
      if (body !== undefined) this.posted.push({ path: name, body });
      const [status, answer] = this.#world.answer(name, searchParams, body);
      json(response, status, answer);
    }
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store, no-transform' });
    response.write(':\n\n');
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
    writeEvent(response, 'snapshot', this.#world.snapshot(), this.#world.tick);
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const name = path === '' ? 'index.html' : normalize(path);
    try {
      const content = await readFile(join(this.#folder, name));
      response.writeHead(200, {
        'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
        'content-security-policy': POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  }
}

function writeEvent(stream: ServerResponse, event: string, data: object, id: number): void {
  stream.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return JSON.parse(text);
}
