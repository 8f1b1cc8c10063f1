import type { StoreBatch } from '../rows.js';

/** What may be called of an engine, wherever it runs. */
export interface Side {
  /** False when it has come to an end by itself. */
  readonly alive: boolean;
  call(method: string, args: readonly unknown[]): Promise<unknown>;
  dispose(): Promise<void>;
}

type Methods = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;

/** Calls a method of an engine by name, where the engine is: what another thread has posted is taken apart here. */
export async function callEngine(engine: object, method: string, args: readonly unknown[]): Promise<unknown> {
  if (method === 'write')
    return (engine as { write(batch: StoreBatch): Promise<unknown> }).write(args[0] as StoreBatch);
  return (engine as Methods)[method]!(...args);
}
