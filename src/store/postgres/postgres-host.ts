import { callEngine, type Side } from '../thread/side.js';
import { PostgresEngine, type EngineSettings } from './postgres-engine.js';

/** The engine of a store, wherever it runs. */
export class PostgresHost implements Side {
  readonly alive = true;
  readonly #engine: PostgresEngine;

  constructor(settings: EngineSettings) {
    this.#engine = new PostgresEngine(settings);
  }

  async call(method: string, args: readonly unknown[]): Promise<unknown> {
    return callEngine(this.#engine, method, args);
  }

  async dispose(): Promise<void> {
    await this.#engine.dispose();
  }
}
