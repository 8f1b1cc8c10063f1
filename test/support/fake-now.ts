import { performance } from 'node:perf_hooks';

/** `performance.now`, moved by hand. */
export interface FakeNow {
  advance(ms: number): void;
}

/** Stands the process's own monotonic clock still for the tests of the enclosing `describe`: for code that takes no clock. */
export function useFakeNow(): FakeNow {
  let nowMs = 0;
  beforeEach(() => {
    nowMs = 0;
    Object.defineProperty(performance, 'now', { value: () => nowMs, configurable: true, writable: true });
  });
  // What is below is the prototype's own.
  afterEach(() => void Reflect.deleteProperty(performance, 'now'));
  return { advance: (ms) => void (nowMs += ms) };
}
