import { FinalAnswer, StreamChunk, WorkingMemory } from '#src/index.js';

type Plain = Readonly<Record<string, unknown>>;

/** A payload of a scenario as the library's own classes: `{"$wm": …}` is a WorkingMemory. */
export function decodePayload(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decodePayload);
  if (!isPlain(value)) return value;
  if ('$wm' in value) return decodeMemory(value['$wm'] as Plain);
  if ('$final' in value) return new FinalAnswer((value['$final'] as { readonly text: string }).text);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, decodePayload(each)]));
}

/** A payload that came out, in the words of the scenarios. */
export function encodePayload(value: unknown): unknown {
  if (value instanceof WorkingMemory) {
    const { query, hops, budgetHops, tokensUsed, budgetTokens } = value;
    const memory = { query, hops, budget_hops: budgetHops, tokens_used: tokensUsed, budget_tokens: budgetTokens };
    return { $wm: memory };
  }
  if (value instanceof FinalAnswer) return { $final: { text: value.text } };
  if (value instanceof StreamChunk) {
    return { $chunk: { stream_id: value.streamId, seq: value.seq, text: value.text, done: value.done } };
  }
  if (Array.isArray(value)) return value.map(encodePayload);
  if (!isPlain(value)) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, encodePayload(each)]));
}

/** Values that differ from run to run become placeholders; `null` stays null. */
export function normalise(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => normalise(each));
  if (isPlain(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, normalise(each, name)]));
  }
  if (value === null || value === undefined) return null;
  if (NUMBERS.has(key) && typeof value === 'number') return '<num>';
  if (STRINGS.has(key)) return '<str>';
  if (key === 'message' && typeof value === 'string') return value.replace(/raised \w+:/, 'raised <exc>:');
  return typeof value === 'number' ? Math.round(value * 1e6) / 1e6 : value;
}

/** JSON with sorted keys and no spaces: the order of unordered things. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isPlain(value)) return JSON.stringify(value ?? null);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

export function byCanonical(one: unknown, other: unknown): number {
  const [left, right] = [canonical(one), canonical(other)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

const NUMBERS: ReadonlySet<string> = new Set(['latency_ms', 'deadline_s']);
const STRINGS: ReadonlySet<string> = new Set(['node_id', 'exception', 'exception_repr', 'exception_type']);

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeMemory(memory: Plain): WorkingMemory {
  const { query, hops, budget_hops, tokens_used, budget_tokens, facts, confidence } = memory as {
    readonly query: string;
    readonly hops?: number;
    readonly budget_hops?: number | null;
    readonly tokens_used?: number;
    readonly budget_tokens?: number | null;
    readonly facts?: readonly unknown[];
    readonly confidence?: number;
  };
  return new WorkingMemory(query, {
    ...(hops === undefined ? undefined : { hops }),
    ...(budget_hops === undefined ? undefined : { budgetHops: budget_hops }),
    ...(tokens_used === undefined ? undefined : { tokensUsed: tokens_used }),
    ...(budget_tokens === undefined ? undefined : { budgetTokens: budget_tokens }),
    ...(facts === undefined ? undefined : { facts }),
    ...(confidence === undefined ? undefined : { confidence }),
  });
}
