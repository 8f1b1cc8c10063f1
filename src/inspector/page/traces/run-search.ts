import { useEffect, useRef, useState } from 'preact/hooks';
import type { RunItem, RunList } from '../../api.js';
import { get, textOf } from '../client/api.js';
import { asked, type RunQuery } from './run-query.js';

const PAGE = '100';

/** The runs that were found so far. */
export interface RunSearchState {
  readonly runs: readonly RunItem[];
  /** The newest answer; undefined until there is one. */
  readonly last: RunList | undefined;
  readonly error: string | undefined;
  readonly isLoading: boolean;
  /** When the first page was asked for. */
  readonly askedMs: number;
  readonly more: () => void;
  readonly again: () => void;
}

interface Found {
  readonly runs: readonly RunItem[];
  readonly first: RunList | undefined;
  readonly last: RunList | undefined;
  readonly error: string | undefined;
  readonly isLoading: boolean;
  readonly askedMs: number;
}

/** Searches on the server, page by page. While another search is on its way the runs of the last one stay. */
export function useRunSearch(query: RunQuery): RunSearchState {
  const key = JSON.stringify(query);
  const [turn, setTurn] = useState(0);
  const [found, setFound] = useState<Found>({
    runs: [],
    first: undefined,
    last: undefined,
    error: undefined,
    isLoading: true,
    askedMs: Date.now(),
  });
  const stop = useRef<AbortController | undefined>(undefined);
  const isAsking = useRef(false);

  async function ask(cursor: string | undefined, before: Found): Promise<void> {
    stop.current?.abort();
    const own = new AbortController();
    stop.current = own;
    isAsking.current = true;
    const askedMs = cursor === undefined ? Date.now() : before.askedMs;
    setFound({ ...before, isLoading: true, error: undefined });
    try {
      const list = await get<RunList>('runs', { ...asked(query), limit: PAGE, cursor }, own.signal);
      if (own.signal.aborted) return;
      const first = cursor === undefined ? list : before.first;
      const runs = cursor === undefined ? list.runs : [...before.runs, ...list.runs];
      setFound({ runs, first, last: list, error: undefined, isLoading: false, askedMs });
    } catch (error) {
      if (own.signal.aborted) return;
      setFound({ ...before, isLoading: false, error: textOf(error), ...(cursor === undefined ? { runs: [] } : {}) });
    }
    isAsking.current = false;
  }

  useEffect(() => {
    void ask(undefined, found);
    return () => stop.current?.abort();
  }, [key, turn]);

  return {
    ...found,
    last:
      found.last === undefined
        ? undefined
        : { ...found.last, byStatus: found.first?.byStatus ?? null, count: found.first?.count ?? null },
    more: () => {
      const cursor = found.last?.cursor ?? null;
      if (cursor !== null && !isAsking.current) void ask(cursor, found);
    },
    again: () => setTurn(turn + 1),
  };
}
