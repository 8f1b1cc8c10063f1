import { inSlices } from './in-slices.js';

/** Callbacks between two looks at the clock: each ends a run. */
const PER_PART = 16;

/** Everybody who waits for one signal: it has a single listener of ours, however many calls share it. */
class AbortGroup {
  readonly #callbacks = new Set<() => void>();
  readonly #signal: AbortSignal;
  readonly #listener = (): void => this.#onAbort();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    quietly(() => signal.addEventListener('abort', this.#listener, { once: true }));
  }

  add(callback: () => void): void {
    this.#callbacks.add(callback);
  }

  delete(callback: () => void): void {
    this.#callbacks.delete(callback);
    if (this.#callbacks.size !== 0) return;
    quietly(() => this.#signal.removeEventListener('abort', this.#listener));
    groups.delete(this.#signal);
  }

  #onAbort(): void {
    groups.delete(this.#signal);
    inSlices([...this.#callbacks], PER_PART, (part) => {
      // Those who come later may have given up meanwhile.
      for (const callback of part) if (this.#callbacks.delete(callback)) callback();
    });
  }
}

/** A signal may be the user's own; one that throws must not keep a run from its end. */
function quietly(body: () => void): void {
  try {
    body();
  } catch {
    // Such a signal never aborts, or calls back once more, which does nothing.
  }
}

const groups = new WeakMap<AbortSignal, AbortGroup>();

/** Calls back once when the signal aborts, many one after the other and spread over turns; returns how to stop listening. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let group = groups.get(signal);
  if (group === undefined) {
    group = new AbortGroup(signal);
    groups.set(signal, group);
  }
  const joined = group;
  joined.add(callback);
  return () => joined.delete(callback);
}
