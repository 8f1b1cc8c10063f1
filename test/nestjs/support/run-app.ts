import type { INestApplication, Type } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { PenguiFlowLogger } from '#src/nestjs/index.js';

export type Adapter = 'express' | 'fastify';
export const ADAPTERS: readonly Adapter[] = ['express', 'fastify'];

/** An application that listens on a port of the loopback. */
export interface RunningApp {
  readonly app: INestApplication;
  readonly url: string;
}

/** Starts applications for the tests of the enclosing `describe`, and closes them after each. */
export class AppRunner {
  readonly #apps: INestApplication[] = [];

  async start(
    root: Type,
    adapter: Adapter = 'express',
    change: (builder: TestingModuleBuilder) => TestingModuleBuilder = (builder) => builder,
    beforeListen: (app: INestApplication) => void = () => {},
  ): Promise<RunningApp> {
    const module = await change(Test.createTestingModule({ imports: [root] })).compile();
    // A client that gave a request up may have opened a connection for the next one already, and never send it.
    const options = { bufferLogs: true, forceCloseConnections: true };
    const app =
      adapter === 'fastify'
        ? module.createNestApplication(new FastifyAdapter({ forceCloseConnections: true }), options)
        : module.createNestApplication(options);
    this.#apps.push(app);
    app.useLogger(app.get(PenguiFlowLogger));
    beforeListen(app);
    await app.listen(0, '127.0.0.1');
    return { app, url: (await app.getUrl()).replace('[::1]', '127.0.0.1') };
  }

  async closeAll(): Promise<void> {
    for (const app of this.#apps.splice(0)) await app.close();
  }
}

export function useApps(): AppRunner {
  const runner = new AppRunner();
  afterEach(() => runner.closeAll());
  return runner;
}

/** Posts JSON. */
export function post(url: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(url, {
    ...init,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(init.headers as Record<string, string> | undefined) },
    body: JSON.stringify(body),
  });
}
