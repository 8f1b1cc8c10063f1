import { FlowHistory, sqliteStore } from 'penguiflow/store';

/** Keeps the runs of all flows of an audit, where that is wanted. */
export class Recording {
  readonly #history: FlowHistory | undefined;

  /** @param file - an SQLite file */
  constructor(file: string | undefined) {
    this.#history = file === undefined ? undefined : new FlowHistory(sqliteStore({ file }));
  }

  /** For `createFlow`. */
  get option(): { readonly history?: FlowHistory } {
    return this.#history === undefined ? {} : { history: this.#history };
  }

  async close(): Promise<void> {
    await this.#history?.close();
  }
}
