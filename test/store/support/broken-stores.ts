import {
  memoryStore,
  unpackBatch,
  type AttemptRow,
  type FlowStore,
  type Heartbeat,
  type LabelRow,
  type PayloadRow,
  type RunDetail,
  type RunQuery,
  type RunRow,
  type StoreBatch,
  type StoredRun,
} from '#src/store/index.js';

/** A store with a fault, and the case of the conformance suite that finds it. */
export interface BrokenStore {
  readonly fault: string;
  /** The end of its title. */
  readonly foundBy: string;
  readonly breakIt: (sound: FlowStore) => Partial<FlowStore>;
}

/** A memory store, some of whose methods are others. */
export function brokenBy(breakIt: BrokenStore['breakIt']): FlowStore {
  const sound = memoryStore();
  const broken: Readonly<Record<PropertyKey, unknown>> = { ...breakIt(sound) };
  return new Proxy(sound, {
    get: (target, name) => {
      const method: unknown = broken[name] ?? Reflect.get(target, name);
      return typeof method === 'function' ? (method.bind(target) as unknown) : method;
    },
  });
}

const EVERY_FILTER = 'finds runs by each filter, and by all together';
const BY_NUMBER = 'gives attempts, events and lines by number, labels by name, whatever the order in which they came';

/** At least one for each case. */
export const BROKEN_STORES: readonly BrokenStore[] = [
  {
    fault: 'drops a row',
    foundBy: 'keeps every column of every table',
    breakIt: (sound) => ({ write: (batch) => sound.write({ ...batch, attempts: (batch.attempts ?? []).slice(1) }) }),
  },
  {
    fault: 'drops a column',
    foundBy: 'keeps every column of every table',
    breakIt: (sound) => ({ write: (batch) => sound.write(mapRuns(batch, (run) => ({ ...run, replayOf: undefined }))) }),
  },
  {
    fault: 'forgets a column of what is packed',
    foundBy: 'takes a batch that is packed as it takes its rows',
    breakIt: (sound) => ({
      writePacked: (packed) => sound.write(mapRuns(unpackBatch(packed), (run) => ({ ...run, rowsLeftOut: 0 }))),
    }),
  },
  {
    fault: 'takes what is packed as it comes',
    foundBy: 'writes nothing of a packed batch with a row that it refuses',
    breakIt: (sound) => ({
      writePacked: (packed) => sound.write(mapRuns(unpackBatch(packed), (run) => ({ ...run, startedMs: 0 }))),
    }),
  },
  {
    fault: 'knows fewer kinds than there are',
    foundBy: 'keeps every kind, status and outcome',
    breakIt: (sound) => ({
      write: (batch) =>
        sound.write(mapRuns(batch, (run) => ({ ...run, kind: run.kind === 'inject' ? 'emit' : run.kind }))),
    }),
  },
  {
    fault: 'writes a batch again that it has',
    foundBy: 'writes a batch once, however often it comes',
    breakIt: (sound) => ({
      write: async (batch) => {
        const outcome = await sound.write(batch);
        if (outcome === 'repeated') await sound.write({ ...batch, number: batch.number + 1_000 });
        return outcome;
      },
    }),
  },
  {
    fault: 'writes a batch in two parts',
    foundBy: 'writes nothing of a batch with a row that it refuses, and the number stays free',
    breakIt: (sound) => ({
      write: async ({ runs, ...rest }) => {
        await sound.write({ ...pick(rest), number: rest.number - 0.5, ...(runs === undefined ? {} : { runs }) });
        return sound.write(rest);
      },
    }),
  },
  {
    fault: 'changes runs that have ended',
    foundBy: 'takes the last row of a run until it has ended, and none after that',
    breakIt: (sound) => {
      const last = new Map<number, RunRow>();
      return {
        write: (batch) => {
          for (const run of batch.runs ?? []) last.set(run.runId, run);
          return sound.write(batch);
        },
        run: (ref) => changed(sound.run(ref), (detail) => ({ run: { ...detail.run, ...last.get(detail.run.runId) } })),
      };
    },
  },
  {
    fault: 'keeps the first row of an attempt',
    foundBy: 'takes the last row of an attempt until it has ended, and none after that',
    breakIt: (sound) => {
      const seen = new Set<string>();
      const isNew = ({ runId, seq }: AttemptRow): boolean =>
        !seen.has(`${runId} ${seq}`) && seen.add(`${runId} ${seq}`).size > 0;
      return { write: (batch) => sound.write({ ...batch, attempts: (batch.attempts ?? []).filter(isNew) }) };
    },
  },
  {
    fault: 'keeps rows for a run that is yet to come',
    foundBy: 'leaves out rows of a run that is not there',
    breakIt: (sound) => {
      const early: AttemptRow[] = [];
      return {
        write: (batch) => {
          const attempts = [...early, ...(batch.attempts ?? [])];
          early.push(...(batch.attempts ?? []));
          return sound.write({ ...batch, attempts });
        },
      };
    },
  },
  {
    fault: 'keeps the bytes that it was given',
    foundBy: 'has its own copy of what it was given, and gives copies',
    breakIt: (sound) => {
      const given = new Map<string, PayloadRow>();
      return {
        write: (batch) => {
          for (const row of batch.payloads ?? []) given.set(`${row.runId} ${row.messageId}`, row);
          return sound.write(batch);
        },
        payload: async (runId, messageId) => given.get(`${runId} ${messageId}`),
      };
    },
  },
  {
    fault: 'trims texts',
    foundBy: 'keeps texts and bytes as they are',
    breakIt: (sound) => ({
      write: (batch) => sound.write(mapRuns(batch, (run) => ({ ...run, tenant: run.tenant.trim() }))),
    }),
  },
  {
    fault: 'takes what was written out back',
    foundBy: 'writes out NUL and lone surrogates, and finds them by what they were',
    breakIt: (sound) => ({
      list: (query) =>
        resorted(sound, query, (runs) => runs.map((run) => ({ ...run, flow: run.flow.replaceAll('\\u0000', '\0') }))),
    }),
  },
  {
    fault: 'gives labels as they came',
    foundBy: BY_NUMBER,
    breakIt: (sound) => ({ run: (ref) => changed(sound.run(ref), ({ labels }) => ({ labels: labels.toReversed() })) }),
  },
  {
    fault: 'drops a batch that comes while another is written',
    foundBy: 'takes batches of several runners at a time',
    breakIt: (sound) => {
      let busy = false;
      return {
        write: async (batch) => {
          if (busy) return 'stored';
          busy = true;
          const outcome = await sound.write(batch);
          busy = false;
          return outcome;
        },
      };
    },
  },
  {
    fault: 'takes the oldest run of a trace id',
    foundBy: 'finds a run by its id, and by trace id the newest, of a tenant, or with a start',
    breakIt: (sound) => ({
      run: async (ref) => {
        if ('runId' in ref) return sound.run(ref);
        const { runs } = await sound.list({ traceId: ref.traceId, limit: 1_000 });
        return runs.length === 0 ? undefined : sound.run(runs.at(-1)!);
      },
    }),
  },
  {
    fault: 'gives attempts as they came',
    foundBy: BY_NUMBER,
    breakIt: (sound) => ({
      run: (ref) => changed(sound.run(ref), ({ attempts }) => ({ attempts: attempts.toReversed() })),
    }),
  },
  {
    fault: 'gives lines as they came',
    foundBy: BY_NUMBER,
    breakIt: (sound) => ({
      run: (ref) => changed(sound.run(ref), ({ lines }) => ({ lines: { ...lines, lines: lines.lines.toReversed() } })),
    }),
  },
  {
    fault: 'forgets the cursor of lines',
    foundBy: 'gives the lines of a run page by page, each once',
    breakIt: (sound) => ({ logs: ({ cursor: _, ...query }) => sound.logs(query) }),
  },
  {
    fault: 'takes grandchildren for children',
    foundBy: 'knows the runs that a run called, oldest first',
    breakIt: (sound) => ({
      run: async (ref) => {
        const { runs } = await sound.list();
        const below = ({ runId }: StoredRun): StoredRun[] =>
          runs.filter(({ rootRun }) => rootRun === runId).toReversed();
        return changed(sound.run(ref), ({ run }) => ({ children: below(run) }));
      },
    }),
  },
  {
    fault: 'takes payloads with their message only',
    foundBy: 'gives a payload where one is kept, and says how large it is',
    breakIt: (sound) => ({
      write: (batch) => sound.write(batch.messages === undefined ? { ...batch, payloads: [] } : batch),
    }),
  },
  {
    fault: 'counts runs that have ended as under way',
    foundBy: 'says how much it holds',
    breakIt: (sound) => ({
      stats: async (query) => {
        const stats = await sound.stats(query);
        return { ...stats, running: stats.runs };
      },
    }),
  },
  {
    fault: 'sorts the other way',
    foundBy: 'lists the newest first, and of those that began together the highest id',
    breakIt: (sound) => ({ list: (query) => resorted(sound, query, (runs) => runs.toReversed()) }),
  },
  {
    fault: 'sorts what began together at random',
    foundBy: 'lists the newest first, and of those that began together the highest id',
    breakIt: (sound) => ({
      list: (query) =>
        resorted(sound, query, (runs) => runs.toSorted((a, b) => b.startedMs - a.startedMs || a.runId - b.runId)),
    }),
  },
  ...(
    ['flow', 'status', 'tenant', 'traceId', 'label', 'replayOf', 'node', 'code', 'fromS', 'toS', 'minMs'] as const
  ).map((filter): BrokenStore => ({
    fault: `does not know ${filter}`,
    foundBy: EVERY_FILTER,
    breakIt: (sound) => ({ list: (query) => sound.list({ ...query, [filter]: undefined }) }),
  })),
  {
    fault: 'does not know tracePrefix',
    foundBy: 'finds runs by what their trace id begins with',
    breakIt: (sound) => ({ list: (query) => sound.list({ ...query, tracePrefix: undefined }) }),
  },
  {
    fault: 'does not know text',
    foundBy: 'finds failed runs by part of what they say',
    breakIt: (sound) => ({ list: (query) => sound.list({ ...query, text: undefined }) }),
  },
  {
    fault: 'keeps the first value of a label',
    foundBy: 'goes by the last value of a label',
    breakIt: (sound) => {
      const seen = new Set<string>();
      const isNew = ({ runId, name }: LabelRow): boolean =>
        !seen.has(`${runId} ${name}`) && seen.add(`${runId} ${name}`).size > 0;
      return { write: (batch) => sound.write({ ...batch, labels: (batch.labels ?? []).filter(isNew) }) };
    },
  },
  {
    fault: 'forgets a cursor',
    foundBy: 'gives each run once, page by page, while newer ones come in',
    breakIt: (sound) => ({ list: (query) => sound.list({ ...query, cursor: undefined }) }),
  },
  {
    fault: 'counts how many runs were on the pages before',
    foundBy: 'gives each run once, page by page, while newer ones come in',
    breakIt: (sound) => ({
      list: async (query) => {
        const from = Number(query?.cursor ?? 0);
        const all = await sound.list({ ...query, cursor: undefined, limit: 1_000 });
        const to = from + (query?.limit ?? 50);
        return { ...all, runs: all.runs.slice(from, to), cursor: to < all.runs.length ? String(to) : undefined };
      },
    }),
  },
  {
    fault: 'needs the run that a cursor names',
    foundBy: 'goes on behind a run that has been deleted',
    breakIt: (sound) => ({
      list: async (query) => {
        const page = await sound.list(query);
        const runId = Number(query?.cursor?.split(':')[1]);
        return query?.cursor === undefined || (await sound.run({ runId })) !== undefined ? page : { ...page, runs: [] };
      },
    }),
  },
  {
    fault: 'gives up after maxScanned runs',
    foundBy: 'answers with what it has after maxScanned runs, and goes on from there',
    breakIt: (sound) => ({
      list: async (query) => {
        const page = await sound.list(query);
        return page.searchedToMs === undefined ? page : { ...page, cursor: undefined };
      },
    }),
  },
  {
    fault: 'counts the page',
    foundBy: 'counts what matches, on whatever page',
    breakIt: (sound) => ({
      list: async (query) => {
        const page = await sound.list(query);
        return { ...page, count: query?.count === true ? { runs: page.runs.length, exact: true } : undefined };
      },
    }),
  },
  {
    fault: 'counts a run under way and its end',
    foundBy: 'keeps counters by flow, status and hour that agree with what is there',
    breakIt: (sound) => {
      const seen = new Map<string, Awaited<ReturnType<FlowStore['stats']>>['counters'][number]>();
      return {
        stats: async (query) => {
          const stats = await sound.stats(query);
          for (const counter of stats.counters) seen.set(`${counter.flow} ${counter.status} ${counter.hourS}`, counter);
          return { ...stats, counters: [...seen.values()] };
        },
      };
    },
  },
  {
    fault: 'takes the end of a time for a part of it',
    foundBy: 'answers like a list that is filtered, on 300 runs and 200 questions at random',
    breakIt: (sound) => ({
      list: (query) => sound.list({ ...query, toS: query?.toS === undefined ? undefined : query.toS + 0.001 }),
    }),
  },
  {
    fault: 'makes the best of a limit that cannot be',
    foundBy: 'refuses a limit and a cursor that cannot be',
    breakIt: (sound) => ({
      list: (query) => sound.list({ ...query, limit: Math.max(1, Math.min(1_000, Math.round(query?.limit ?? 50))) }),
    }),
  },
  {
    fault: 'leaves out numbers',
    foundBy: 'gives each runner the smallest free number',
    breakIt: (sound) => ({
      open: async (init) => {
        await sound.open(init);
        return sound.open(init);
      },
    }),
  },
  {
    fault: 'has beats that stand still',
    foundBy: 'shows the others with a beat that changes with each heartbeat, and oneself never',
    breakIt: (sound) => ({
      heartbeat: (runner) =>
        changedBeat(sound, runner, ({ others }) => ({ others: others.map((other) => ({ ...other, beat: 0 })) })),
    }),
  },
  {
    fault: 'lets two claim the same runner',
    foundBy: 'interrupts the runs of a dead runner that are under way, once, and no others',
    breakIt: (sound) => {
      let first: ReturnType<FlowStore['claimDead']> | undefined;
      return { claimDead: (dead, atMs) => (first ??= sound.claimDead(dead, atMs)) };
    },
  },
  {
    fault: 'claims without looking again',
    foundBy: 'leaves a runner alone whose beat or epoch has changed since',
    breakIt: (sound) => ({
      claimDead: async (dead, atMs) => {
        const { others } = await sound.heartbeat({ runner: 0, epoch: 0, instance: '' });
        return sound.claimDead(
          others.filter(({ runner }) => dead.some((one) => one.runner === runner)),
          atMs,
        );
      },
    }),
  },
  {
    fault: 'takes batches of a runner that was taken for dead',
    foundBy: 'lets a runner that was taken for dead come back under a new epoch, and correct what was said of its runs',
    breakIt: (sound) => ({
      write: async (batch) => {
        const outcome = await sound.write(batch);
        return outcome === 'claimed' ? sound.write({ ...batch, epoch: batch.epoch + 1 }) : outcome;
      },
      claimDead: async (dead, atMs) => {
        const result = await sound.claimDead(dead, atMs);
        for (const { runner, epoch } of dead) await sound.heartbeat({ runner, epoch, instance: `instance-${runner}` });
        return result;
      },
      heartbeat: (runner) => changedBeat(sound, runner, () => ({ epoch: runner.epoch })),
    }),
  },
  {
    fault: 'begins anew with the numbers of batches under a new epoch',
    foundBy: 'knows a batch again that was written before its runner was taken for dead',
    breakIt: (sound) => ({
      write: (batch) => sound.write({ ...batch, number: batch.number + 1_000 * batch.epoch }),
    }),
  },
  {
    fault: 'never gives a number away',
    foundBy: 'gives a number away when nothing of its runner is left, and keeps the former one out',
    breakIt: (sound) => ({
      open: async (init) => {
        let runner = await sound.open(init);
        while (runner.epoch > 1) runner = await sound.open(init);
        return runner;
      },
    }),
  },
  {
    fault: 'closes and leaves runs under way',
    foundBy: 'interrupts what is under way when it closes, and opens again',
    breakIt: () => ({ close: async () => {} }),
  },
  {
    fault: 'has one age for all',
    foundBy: 'deletes what ended too long ago, by its own age for what succeeded and what did not',
    breakIt: (sound) => ({
      prune: (request) => sound.prune({ ...request, keep: { ...request.keep, failedS: request.keep.successS } }),
    }),
  },
  {
    fault: 'deletes by start, whatever the status',
    foundBy: 'deletes above maxRuns: succeeded before failed, oldest end first',
    breakIt: (sound) => ({
      prune: async ({ keep }) => {
        const tooMany = (await sound.list()).runs.slice(keep.maxRuns);
        for (const { traceId } of tooMany) await sound.forget({ traceId });
        return { deleted: tooMany.length, more: false };
      },
    }),
  },
  {
    fault: 'looks at the number before the age',
    foundBy: 'deletes what is too old before what is too much',
    breakIt: (sound) => ({
      prune: async (request) => {
        const { successS, failedS, maxRuns } = request.keep;
        const [many, old] = [
          await sound.prune({ ...request, keep: { maxRuns } }),
          await sound.prune({ ...request, keep: { successS, failedS } }),
        ];
        return { deleted: many.deleted + old.deleted, more: old.more };
      },
    }),
  },
  {
    fault: 'does not know maxBytes',
    foundBy: 'deletes until no more than maxBytes is left',
    breakIt: (sound) => ({
      prune: (request) => sound.prune({ ...request, keep: { ...request.keep, maxBytes: undefined } }),
    }),
  },
  {
    fault: 'does not pin',
    foundBy: 'keeps what is under way and what is pinned',
    breakIt: (sound) => ({ pin: async (runId) => (await sound.run({ runId })) !== undefined }),
  },
  {
    fault: 'deletes a run without looking at its root',
    foundBy: 'deletes a run together with its root, and keeps it as long',
    breakIt: (sound) => ({ write: (batch) => sound.write(mapRuns(batch, (run) => ({ ...run, rootRun: undefined }))) }),
  },
  {
    fault: 'does everything in one step',
    foundBy: 'goes in steps, and says when there is more to do',
    breakIt: (sound) => ({ prune: ({ limit: _, ...request }) => sound.prune(request) }),
  },
  {
    fault: 'forgets nothing that is pinned',
    foundBy: 'forgets a trace id, or a tenant, with everything, pinned and under way, too',
    breakIt: (sound) => ({
      forget: async (request) => {
        const { runs } = await sound.list(request);
        return runs.some(({ pinned }) => pinned) ? 0 : sound.forget(request);
      },
    }),
  },
  {
    fault: 'takes for a tenant what is none',
    foundBy: 'forgets nothing where it is not said clearly whose runs',
    breakIt: (sound) => ({
      forget: async (request) => {
        const { tenant } = request as { tenant?: unknown };
        return Array.isArray(tenant) ? sound.forget({ tenant: String(tenant) }) : sound.forget(request);
      },
    }),
  },
  {
    fault: 'forgets the tenant where the trace id is missing',
    foundBy: 'forgets nothing where it is not said clearly whose runs',
    breakIt: (sound) => ({
      forget: async (request) => {
        const { traceId, tenant } = request as { traceId?: string; tenant?: string };
        return typeof tenant === 'string' && (traceId ?? undefined) === undefined
          ? sound.forget({ tenant })
          : sound.forget(request);
      },
    }),
  },
  {
    fault: 'lists everything for a field that it does not know',
    foundBy: 'refuses a query with a field that there is not, or with a value of another kind',
    breakIt: (sound) => ({
      list: async ({ staus: _, ...query }: RunQuery & { staus?: unknown } = {}) => sound.list(query),
    }),
  },
  {
    fault: 'says of a batch that it is stored before it is',
    foundBy: 'has every batch that it said was stored',
    breakIt: (sound) => {
      let waiting: StoreBatch | undefined;
      return {
        write: async (batch) => {
          if (waiting !== undefined) await sound.write(waiting);
          waiting = batch;
          return 'stored';
        },
      };
    },
  },
  {
    fault: 'tears a batch when it is killed',
    foundBy: 'has of a batch that was being written all or nothing',
    breakIt: (sound) => ({
      write: async (batch) => {
        const { lines = [], ...first } = batch;
        await sound.write({ ...first, number: batch.number - 0.5 });
        // Killed before this.
        await new Promise(() => {});
        return sound.write({ ...batch, lines });
      },
    }),
  },
  {
    fault: 'forgets who wrote when it is killed',
    foundBy: 'knows the dead runner, so that its runs can be ended as interrupted',
    breakIt: (sound) => ({ heartbeat: (runner) => changedBeat(sound, runner, () => ({ others: [] })) }),
  },
];

function mapRuns(batch: StoreBatch, change: (run: RunRow) => RunRow): StoreBatch {
  return batch.runs === undefined ? batch : { ...batch, runs: batch.runs.map(change) };
}

function pick({ runner, epoch, number }: StoreBatch): StoreBatch {
  return { runner, epoch, number };
}

async function changed(
  found: Promise<RunDetail | undefined>,
  change: (detail: RunDetail) => Partial<RunDetail>,
): Promise<RunDetail | undefined> {
  const detail = await found;
  return detail === undefined ? undefined : { ...detail, ...change(detail) };
}

async function changedBeat(
  sound: FlowStore,
  runner: Parameters<FlowStore['heartbeat']>[0],
  change: (heartbeat: Heartbeat) => Partial<Heartbeat>,
): Promise<Heartbeat> {
  const heartbeat = await sound.heartbeat(runner);
  return { ...heartbeat, ...change(heartbeat) };
}

async function resorted(
  sound: FlowStore,
  query: RunQuery | undefined,
  sort: (runs: readonly StoredRun[]) => readonly StoredRun[],
): ReturnType<FlowStore['list']> {
  const page = await sound.list(query);
  return { ...page, runs: sort(page.runs) };
}
