import type { MessageHeaders } from '../../index.js';

/** What the caller of a root waits for. */
type RootKind = 'call' | 'stream' | 'collect' | 'emit';

/**
 * Where what comes of a root goes: `reply` to the records of its caller, `queue` to a queue that somebody reads, `none` nowhere. Failures of an emit become dead
 * letters in each case.
 */
type ResultsMode = 'reply' | 'queue' | 'none';

/** What a message brings along beside its payload (D16, D18). */
export interface MessageHead {
  /** What everything that comes of one call or emit has in common: `<client>-<random>`. */
  readonly root: string;
  readonly kind: RootKind;
  readonly results: ResultsMode;
  /** When the root began, by the engine's clock, in milliseconds since the epoch: a cancel of its trace ends those that began before. */
  readonly beganMs: number;
  readonly traceId: string;
  readonly headers: MessageHeaders;
  /** Tagged JSON; undefined where there is none. */
  readonly meta: string | undefined;
  /** When the message was made, in seconds since the epoch. */
  readonly ts: number;
  /** By the engine's clock, in milliseconds since the epoch; undefined where there is none. */
  readonly deadlineMs: number | undefined;
  /** Names of the nodes that get it, all of one group. */
  readonly to: readonly string[];
  /** Name of the node that sent it, or `OpenSea`. */
  readonly from: string;
  /** Which of the open ends of its root it carries on. */
  readonly token: string;
  /** What the work on it is known by, `ctx.idempotencyKey` (D7). */
  readonly key: string;
  /** It descends from a value of an async iterable. */
  readonly piece: boolean;
  /** `traceparent` and the like. */
  readonly trace: Readonly<Record<string, string>>;
}

const KINDS: readonly RootKind[] = ['call', 'stream', 'collect', 'emit'];
const RESULTS: readonly ResultsMode[] = ['reply', 'queue', 'none'];

/** As compact JSON: an array, because the names of the fields would be most of it. */
export function encodeHead(head: MessageHead): string {
  const { tenant, topic, priority } = head.headers;
  return JSON.stringify([
    1,
    head.root,
    KINDS.indexOf(head.kind),
    RESULTS.indexOf(head.results),
    head.beganMs,
    head.traceId,
    [tenant, priority, ...(topic === undefined ? [] : [topic])],
    head.meta ?? 0,
    head.ts,
    head.deadlineMs ?? 0,
    head.to,
    head.from,
    head.token,
    head.key,
    head.piece ? 1 : 0,
    Object.keys(head.trace).length === 0 ? 0 : head.trace,
  ]);
}

/** Undefined for a text that no process of ours has written, or one of a version that this one does not know. */
export function decodeHead(text: string): MessageHead | undefined {
  const parts = partsOf(text);
  if (parts === undefined) return undefined;
  const [version, root, kind, results, beganMs, traceId, headers, meta, ts, deadlineMs, to, from, token, key] = parts;
  const [, , , , , , , , , , , , , , piece, trace] = parts;
  const [tenant, priority, topic] = isList(headers) ? headers : [];
  const isOurs =
    version === 1 &&
    areTexts([root, traceId, tenant, from, token, key]) &&
    areNumbers([kind, results, beganMs, priority, ts, deadlineMs]) &&
    isList(to) &&
    to.length > 0 &&
    areTexts(to) &&
    (topic === undefined || typeof topic === 'string') &&
    (meta === 0 || typeof meta === 'string') &&
    KINDS[kind as number] !== undefined &&
    RESULTS[results as number] !== undefined;
  if (!isOurs) return undefined;
  return {
    root: root as string,
    kind: KINDS[kind as number] as RootKind,
    results: RESULTS[results as number] as ResultsMode,
    beganMs: beganMs as number,
    traceId: traceId as string,
    headers: {
      tenant: tenant as string,
      priority: priority as number,
      ...(topic === undefined ? undefined : { topic: topic as string }),
    },
    meta: meta === 0 ? undefined : (meta as string),
    ts: ts as number,
    deadlineMs: deadlineMs === 0 ? undefined : (deadlineMs as number),
    to: to as string[],
    from: from as string,
    token: token as string,
    key: key as string,
    piece: piece === 1,
    trace: textsOf(trace),
  };
}

function partsOf(text: string): readonly unknown[] | undefined {
  try {
    const parts: unknown = JSON.parse(text);
    return isList(parts) ? parts : undefined;
  } catch {
    return undefined;
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function areTexts(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'string');
}

function areNumbers(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'number');
}

/** Those fields of an object that are texts. */
function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === 'string')) as Record<
    string,
    string
  >;
}
