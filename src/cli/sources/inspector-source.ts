import type { LineList, RunSearch } from '../../inspector/api.js';
import { CommandFailure } from '../command-failure.js';
import { EXIT } from '../exit-codes.js';
import type { InspectorClient } from './inspector-client.js';
import type { RunPageView, RunSource, TraceView } from './run-source.js';

/** Runs that an application shows. */
export class InspectorSource implements RunSource {
  readonly #client: InspectorClient;

  constructor(client: InspectorClient) {
    this.#client = client;
  }

  async list(search: RunSearch): Promise<RunPageView> {
    return this.#client.get('runs', 'runs', search as Readonly<Record<string, string | undefined>>);
  }

  async run(id: number): Promise<TraceView | undefined> {
    try {
      const view = await this.#client.get('run', `runs/${id}`);
      const { run, labels, attempts, events, lines, children, parent, cut, otelTraceId } = view;
      // The same as of a store: what else an application tells is no part of `--json`.
      return { run, labels, attempts, events, lines, children, parent, cut, otelTraceId };
    } catch (error) {
      if (error instanceof CommandFailure && error.exitCode === EXIT.notFound) return undefined;
      throw error;
    }
  }

  async lines(id: number, cursor: string): Promise<LineList> {
    return this.#client.get('lines', `runs/${id}/lines`, { cursor });
  }
}
