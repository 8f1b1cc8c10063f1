/** What may be called of an engine, wherever it runs. */
export interface Side {
  /** False when it has come to an end by itself. */
  readonly alive: boolean;
  call(method: string, args: readonly unknown[]): Promise<unknown>;
  dispose(): Promise<void>;
}

type Methods = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;

/** Calls a method of an engine by name, where the engine is: whatever another thread has posted comes through here. */
export async function callEngine(engine: object, method: string, args: readonly unknown[]): Promise<unknown> {
  return (engine as Methods)[method]!(...args);
}
