import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Hello, InspectorAction, RunItem, RunList, RunView, RunnerView } from '#src/inspector/api.js';
import type { LiveSnapshot } from '#src/inspector/api-live.js';

import { FAILED_ID, OTHER_ID, START } from './stored-runs.js';

export const RUNNER: RunnerView = { host: 'iceberg', pid: process.pid, startedMs: START, runner: 1 };

/** What somebody asked for. */
interface Asked {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

const RUN: RunItem = {
  ...{ id: 7, flow: 'Orders', traceId: FAILED_ID, tenant: 'acme', kind: 'call', status: 'failed', startedMs: START },
  ...{
    endedMs: START + 100,
    attempts: 1,
    retries: 0,
    errorCode: 'NODE_EXCEPTION',
    errorNode: 'Charge',
    errorMessage: 'no',
  },
  ...{ replayOf: null, parent: null, rowsLeftOut: 0, pinned: false, part: null },
};

/** Speaks as the inspector does, of one run that failed. */
export class FakeInspector {
  readonly asked: Asked[] = [];
  token: string | undefined = 'a-token';
  nonce = 'a-nonce';
  title = 'shop';
  actions: readonly InspectorAction[] = ['replay'];
  reasons: readonly string[] = [];
  impossible: readonly string[] = [];
  replayRuns = 1;
  notBegun: readonly string[] = [];
  snapshots: readonly LiveSnapshot[] = [];
  /** Changes what it answers on a path. */
  alter: (path: string, body: object) => object = (_, body) => body;
  /** Ends each stream after its snapshots. */
  endsStreams = false;
  /** Answers everything with a redirect there. */
  redirect: string | undefined;
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

  async start(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/_penguiflow/`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { method = '', url = '', headers } = request;
    this.asked.push({
      method,
      url,
      authorization: headers.authorization,
      body: text === '' ? undefined : JSON.parse(text),
    });
    if (this.redirect !== undefined) {
      response.writeHead(302, { location: this.redirect }).end();
      return;
    }
    if (this.token !== undefined && headers.authorization !== `Bearer ${this.token}`) {
      this.#refuse(response, 401, 'UNAUTHORIZED', 'This needs a token that is right');
      return;
    }
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const path = pathname.replace('/_penguiflow/api/', '');
    if (path === 'stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': hello\n\n');
      for (const snapshot of this.snapshots) {
        response.write(`event: snapshot\ndata: ${JSON.stringify(this.alter(path, snapshot))}\n\n`);
      }
      if (this.endsStreams) response.end();
      return;
    }
    if (method === 'POST' && !this.actions.includes('replay')) {
      this.#refuse(response, 403, 'FORBIDDEN', 'This inspector does not allow to replay');
      return;
    }
    const body = this.#body(path, searchParams);
    if (body === undefined) this.#refuse(response, 404, 'NOT_FOUND', 'There is no such thing');
    else this.#send(response, 200, this.alter(path, body));
  }

  #body(path: string, query: URLSearchParams): object | undefined {
    if (path === 'hello') {
      return {
        ...{ app: 'penguiflow', api: 1, version: '0.1.0', title: this.title, nonce: this.nonce, subject: null },
        ...{ actions: this.actions, tenants: null, flows: ['Orders'], history: 'store' },
      } satisfies Omit<Hello, 'runner'>;
    }
    if (path === 'runs') {
      const runs = [RUN].filter(({ traceId }) => traceId.startsWith(query.get('id') ?? ''));
      return { runs, cursor: null, searchedToMs: null, count: null, byStatus: null } satisfies Omit<RunList, 'runner'>;
    }
    if (path === 'runs/7') {
      return {
        ...{ run: RUN, labels: [], messages: [], events: [], children: [], parent: null, picture: null, cut: false },
        ...{ lines: { lines: [], cursor: null }, otelTraceId: null, here: true },
        attempts: [
          {
            ...{ seq: 3, node: 'Charge', attempt: 0, parentSeq: null, messageId: 'm', sentMs: START, startedMs: START },
            ...{ endedMs: START + 100, outcome: 'failed', queuedIn: 0, errorCode: null, error: 'no answer yet' },
          },
        ],
      } satisfies Omit<RunView, 'runner'>;
    }
    if (path === 'runs/7/replay') {
      return {
        ...{
          from: query.get('from') ?? 'failed',
          runs: this.replayRuns,
          notBegun: this.notBegun,
          nodes: ['Charge', 'Ship'],
          notReplayable: [],
          incomplete: [],
          changed: [],
        },
        ...{ reasons: this.reasons, impossible: this.impossible, parent: null },
      };
    }
    if (path === 'replay')
      return { done: true, run: { ...RUN, id: 8, traceId: OTHER_ID, kind: 'replay', status: 'running', replayOf: 7 } };
    return undefined;
  }

  #refuse(response: ServerResponse, status: number, code: string, message: string): void {
    this.#send(response, status, { error: { code, message } });
  }

  #send(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ ...body, runner: RUNNER }));
  }
}

/** One for each test of the enclosing `describe`. */
export function useFakeInspector(): { readonly inspector: FakeInspector } {
  const held = { inspector: new FakeInspector() };
  beforeEach(async () => {
    held.inspector = new FakeInspector();
    await held.inspector.start();
  });
  afterEach(async () => held.inspector.stop());
  return held;
}
