import { useEffect, useState } from 'preact/hooks';
import { textOf } from '../client/api.js';

/** An answer that is on its way, there, or refused. While the next one is on its way the last one stays. */
export interface Fetched<T> {
  readonly value: T | undefined;
  readonly error: string | undefined;
  readonly isLoading: boolean;
  /** Asks again. */
  readonly again: () => void;
}

interface State<T> {
  readonly key: string;
  readonly value: T | undefined;
  readonly error: string | undefined;
  readonly turn: number;
}

/** Asks whenever `key` changes; an answer to a question that is no longer asked is dropped. */
export function useFetched<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): Fetched<T> {
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState<State<T>>({ key: '', value: undefined, error: undefined, turn: -1 });
  useEffect(() => {
    const stop = new AbortController();
    const settle = (value: T | undefined, error: string | undefined): void => {
      if (stop.signal.aborted) return;
      setState((before) => ({ key, turn, error, value: value ?? (before.key === key ? before.value : undefined) }));
    };
    ask(stop.signal).then(
      (value) => settle(value, undefined),
      (error: unknown) => settle(undefined, textOf(error)),
    );
    return () => stop.abort();
  }, [key, turn]);
  const isOurs = state.key === key;
  return {
    value: isOurs ? state.value : undefined,
    error: isOurs ? state.error : undefined,
    isLoading: !isOurs || state.turn !== turn,
    again: () => setTurn(turn + 1),
  };
}
