import {
  FinalAnswer,
  joinK,
  Message,
  predicateRouter,
  unionRouter,
  WorkingMemory,
  type FlowClass,
  type FlowNode,
  type NodeClass,
  type NodeContext,
  type RoutingDecision,
} from '#src/index.js';
import { decodePayload } from './codec.js';
import type { BehaviourSpec, GraphSpec } from './scenario.js';
import type { World } from './world.js';

/** Message in, message out; undefined is the scenarios' null. */
export type Behaviour = (payload: unknown, ctx: NodeContext) => unknown;

/** What a behaviour needs to know of its node. */
export interface BehaviourHome {
  readonly node: string;
  readonly successors: readonly string[];
  readonly world: World;
  /** Builds the flow of a playbook. */
  readonly subflow: (graph: GraphSpec) => FlowClass<unknown>;
}

type Build = (spec: never, home: BehaviourHome) => Behaviour;

const BEHAVIOURS: Readonly<Record<string, Build>> = {
  identity: () => (payload) => payload,
  none: () => () => undefined,
  upper: () => (payload) => String(payload).toUpperCase(),
  append:
    ({ suffix }: { readonly suffix: string }) =>
    (payload) =>
      `${String(payload)}${suffix}`,
  map: ({ payload }: { readonly payload: unknown }) => {
    const made = decodePayload(payload);
    return () => made;
  },
  final_answer:
    ({ text }: { readonly text: string }) =>
    () =>
      new FinalAnswer(text),
  seq: ({ steps }: { readonly steps: readonly BehaviourSpec[] }, home) => {
    const behaviours = steps.map((step) => buildBehaviour(step, home));
    return async (payload, ctx) => {
      let result: unknown = payload;
      for (const behaviour of behaviours) {
        const next = await behaviour(Message.is(result) ? result.payload : result, ctx);
        if (next === undefined) return undefined;
        result = next;
      }
      return result;
    };
  },
  fail_times: ({ n, message }: { readonly n: number; readonly message: string }) => {
    const calls = new CallsPerTrace();
    return (payload, ctx) => {
      if (calls.next(ctx) < n) throw new Error(message);
      return payload;
    };
  },
  fail_always:
    ({ message }: { readonly message: string }) =>
    () => {
      throw new Error(message);
    },
  sleep_ms: ({ ms, first }: { readonly ms: number; readonly first?: number }) => {
    const calls = new CallsPerTrace();
    return async (payload, ctx) => {
      if (calls.next(ctx) < (first ?? Number.POSITIVE_INFINITY)) await ctx.sleep(ms / 1000);
      return payload;
    };
  },
  gate:
    ({ gate }: { readonly gate: string }, { world }) =>
    async (payload, ctx) => {
      const { opened } = world.gate(gate.replaceAll('{trace}', ctx.traceId));
      await Promise.race([opened, aborted(ctx.signal)]);
      return payload;
    },
  emit_many:
    ({ n, to }: { readonly n: number; readonly to?: readonly string[] }) =>
    async (payload, ctx) => {
      const targets = to === undefined ? undefined : { to };
      for (let index = 0; index < n; index++) await ctx.emit(`${String(payload)}-${index}`, targets);
    },
  emit_chunks:
    ({ texts, stream_id: streamId }: { readonly texts: readonly string[]; readonly stream_id?: string }, home) =>
    async (_, ctx) => {
      for (const [index, text] of texts.entries()) {
        await ctx.emitChunk(text, {
          done: index === texts.length - 1,
          ...(streamId === undefined ? undefined : { streamId }),
          ...chunkTarget(home),
        });
      }
    },
  emit_chunk_from_payload: (_, home) => async (payload, ctx) => {
    const { text, done } = payload as { readonly text: string; readonly done?: boolean };
    await ctx.emitChunk(text, { done: done === true, ...chunkTarget(home) });
  },
  route_by: ({ field }: { readonly field: string }, { node }) =>
    library(
      predicateRouter(node, (payload: Readonly<Record<string, unknown>>) => payload[field] as RoutingDecision) as never,
    ),
  route_union: ({ kinds }: { readonly kinds: readonly string[] }, { node }) =>
    library(unionRouter(node, kinds) as never),
  join_k: ({ k }: { readonly k: number }, { node }) => library(joinK(node, k)),
  controller:
    ({
      final_at_hops: last,
      tokens_per_hop: tokens,
    }: {
      readonly final_at_hops?: number;
      readonly tokens_per_hop?: number;
    }) =>
    (payload) => {
      const memory = payload as WorkingMemory;
      if (last !== undefined && memory.hops >= last) return new FinalAnswer(`done@${memory.hops}`);
      return memory.with({ tokensUsed: memory.tokensUsed + (tokens ?? 0) });
    },
  playbook: ({ flow }: { readonly flow: GraphSpec }, home) => {
    const playbook = home.subflow(flow);
    return (payload, ctx) => ctx.call(playbook, payload);
  },
};

/** @throws Error for a behaviour nobody knows */
export function buildBehaviour(spec: BehaviourSpec, home: BehaviourHome): Behaviour {
  const build = BEHAVIOURS[spec.op];
  if (build === undefined) throw new Error(`Unknown behaviour "${spec.op}" of node "${home.node}"`);
  return build(spec as never, home);
}

/** The original sends chunks to the successors like everything else; here they go to the consumer unless `to` says so. */
function chunkTarget({ successors }: BehaviourHome): { readonly to: readonly string[] } | undefined {
  return successors.length === 0 ? undefined : { to: successors };
}

/** A node class of the library as a behaviour; one instance, as in a flow. */
function library(nodeClass: NodeClass<unknown>): Behaviour {
  const node: FlowNode<unknown> = new nodeClass();
  return (payload, ctx) => node.process(payload, ctx);
}

/** Counts the calls of one behaviour per trace. */
class CallsPerTrace {
  readonly #calls = new Map<string, number>();

  /** How many came before this one. */
  next({ traceId }: NodeContext): number {
    const before = this.#calls.get(traceId) ?? 0;
    this.#calls.set(traceId, before + 1);
    return before;
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
