import { FlowError } from '../errors/flow-error.js';
import { describeValue, invalidOption, rejectUnknownOptions } from '../errors/option-error.js';
import type { CompileError } from '../ports/compile-error.js';
import type { FlowClass } from '../ports/flow-class.js';
import type { FlowGraph, UnfinishedGraph } from '../ports/flow-graph.js';
import type { Class } from '../ports/flow-node.js';
import type { MiddlewareRef } from '../events/middleware-ref.js';
import type { InterceptorRef } from '../ports/node-interceptor.js';
import {
  checkParentheses,
  classHint,
  resolveConcurrency,
  resolveFlag,
  resolveName,
  resolveSpan,
} from './class-option.js';
import { checkConstructor } from './constructor-check.js';
import { METADATA_KEYS, readOwn, writeOwn } from './reflect-store.js';
import { resolveInterceptors } from './resolve-interceptors.js';

/** Options of {@link Flow}. */
export interface FlowOptions {
  /** Name in the events and the logs; one class per name may run in a process. @defaultValue the name of the class */
  readonly name?: string;
  /** Observers of every run of this flow. @defaultValue none */
  readonly middlewares?: readonly MiddlewareRef[];
  /** Wrapped around each attempt of every node of this flow; the first is outermost. @defaultValue none */
  readonly interceptors?: readonly InterceptorRef[];
  /**
   * Messages at a time of each of its nodes that says nothing itself; routers and joins do. @defaultValue 1, or what `createFlow` or
   * `PenguiFlowModule` says
   */
  readonly concurrency?: number;
  /** Messages that fit in each floe (the queue on an edge); 0 or less means unbounded. @defaultValue 64 */
  readonly queueMaxsize?: number;
  /**
   * Whether a `fetch()` that names no trace rejects with a failure that nobody else waited for. `results()` has it either
   * way. @defaultValue true
   */
  readonly deliverFailures?: boolean;
  /**
   * What becomes of the rest of a run after a node has failed for good: it is cancelled, or goes on.
   * @defaultValue cancelled while a `call`, `stream` or `ctx.call` waits for the answer of the run; otherwise it goes on
   */
  readonly afterFailure?: 'cancel' | 'continue' | undefined;
  /** Messages that a run may have pending when it puts one on the way back of a loop; then it fails. @defaultValue 1,000,000 */
  readonly maxLoop?: number;
  /**
   * How long the synchronous part of a `process` may hold the event loop before `loop_blocked` says so, in milliseconds; 0 = never says.
   * Timers that come later than that find the loop blocked, and let it run a whole turn before they end anything. @defaultValue 100
   */
  readonly blockedMs?: number;
  /**
   * An attempt older than this is a `node_stuck`, and `health()` names its node; 0 = never. It is never less than the
   * `timeoutS` of the node. @defaultValue 60
   */
  readonly stuckAfterS?: number;
  /**
   * When something waits for room and nothing has moved for so long, the flow is stalled: `flow_stalled`, and `health()` is not
   * ready; 0 = never. @defaultValue 10
   */
  readonly stallS?: number;
  /**
   * A stream whose reader takes nothing for so long, while a piece waits for it, ends with `READER_STALLED`; 0 = never.
   * @defaultValue 30
   */
  readonly chunkStallS?: number;
  /** Accepts cycles in the graph that were not declared with `back` or `loop`. @defaultValue false */
  readonly allowCycles?: boolean;
}

/** What `@Flow` leaves on a class: the options with every default filled in. Frozen. */
export type FlowMetadata = Readonly<Required<Omit<FlowOptions, 'concurrency'>>> & {
  /** Undefined where the flow says nothing. */
  readonly concurrency: number | undefined;
};

/** `C` itself when it has a complete graph, else a sentence that says what is wrong. */
export type FlowTarget<C extends Class> = C extends new (...args: never[]) => infer Flow
  ? 'graph' extends keyof Flow
    ? GraphCheck<C, Flow['graph' & keyof Flow]>
    : CompileError<[Flow, 'has no public field `graph`: add `readonly graph = start(…)`']>
  : CompileError<['A flow is an instance of its class, so that is not abstract and has a public constructor']>;

type GraphCheck<C extends Class, G> = [G] extends [FlowGraph]
  ? C
  : [G] extends [UnfinishedGraph<never, unknown, infer Reason>]
    ? Reason
    : CompileError<['`graph` of', InstanceType<C>, 'is', G, 'and not what start(…) or uncheckedGraph(…) gives']>;

const OPTIONS = [
  'name',
  'middlewares',
  'interceptors',
  'concurrency',
  'queueMaxsize',
  'deliverFailures',
  'afterFailure',
  'maxLoop',
  'blockedMs',
  'stuckAfterS',
  'stallS',
  'chunkStallS',
  'allowCycles',
] as const;
const RENAMED = { emitErrorsToRookery: 'deliverFailures' };

/**
 * Makes a class with a `graph` a flow. It only writes metadata; a subclass needs its own `@Flow`.
 *
 * @throws FlowError `INVALID_OPTION`, `METADATA_MISSING`, `UNRESOLVABLE_DEPENDENCY` while the decorator runs
 * @example
 * ```ts
 * @Flow({ middlewares: [FlowLogger] })
 * class Orders {
 *   readonly graph = start(Price).to(Charge);
 * }
 * ```
 */
export function Flow(options: FlowOptions = {}): <C extends Class>(target: FlowTarget<C>) => void {
  checkParentheses('@Flow', options);
  return (target, context?: unknown) => {
    const flowClass = target as unknown as FlowClass;
    writeOwn(METADATA_KEYS.flow, flowClass, resolveFlow(flowClass, options));
    checkConstructor(flowClass, context);
  };
}

/**
 * What `@Flow` wrote on this very class.
 * @throws FlowError `FLOW_NOT_DECORATED`
 */
export function flowMetadataOf(flowClass: FlowClass): FlowMetadata {
  const given: unknown = flowClass;
  const metadata = typeof given === 'function' ? readOwn<FlowMetadata>(METADATA_KEYS.flow, given) : undefined;
  if (metadata !== undefined) return metadata;
  if (typeof given !== 'function') {
    throw new FlowError('FLOW_NOT_DECORATED', {
      message: `Expected a class with @Flow, got ${describeValue(given)}`,
      hint: classHint(given),
    });
  }
  const name = given.name || 'a class without a name';
  throw new FlowError('FLOW_NOT_DECORATED', {
    message: `${name} has no @Flow of its own`,
    hint: `Put \`@Flow()\` on ${name}; a decorator of its base class does not count.`,
    metadata: { class: name },
  });
}

function resolveFlow(target: FlowClass, options: FlowOptions): FlowMetadata {
  const given = options as FlowOptions | null;
  const owner = `@Flow "${given?.name ?? target.name}"`;
  rejectUnknownOptions(options, OPTIONS, owner, RENAMED);
  const { queueMaxsize = 64, maxLoop = 1_000_000, afterFailure } = options;
  const middlewares: unknown = options.middlewares ?? [];
  if (!Array.isArray(middlewares)) throw invalidOption('middlewares', owner, 'an array', middlewares);
  if (!Number.isSafeInteger(queueMaxsize)) throw invalidOption('queueMaxsize', owner, 'a whole number', queueMaxsize);
  if (afterFailure !== undefined && afterFailure !== 'cancel' && afterFailure !== 'continue')
    throw invalidOption('afterFailure', owner, "'cancel' or 'continue'", afterFailure);
  if (!(Number.isSafeInteger(maxLoop) && maxLoop > 0))
    throw invalidOption('maxLoop', owner, 'a whole number > 0', maxLoop);
  return Object.freeze({
    name: resolveName('@Flow', target, options.name),
    middlewares: Object.freeze([...(middlewares as readonly MiddlewareRef[])]),
    interceptors: resolveInterceptors(options.interceptors, owner),
    concurrency: resolveConcurrency(options.concurrency, owner),
    queueMaxsize,
    deliverFailures: resolveFlag('deliverFailures', owner, options.deliverFailures, true),
    afterFailure,
    maxLoop,
    blockedMs: resolveSpan('blockedMs', owner, options.blockedMs, 100),
    stuckAfterS: resolveSpan('stuckAfterS', owner, options.stuckAfterS, 60),
    stallS: resolveSpan('stallS', owner, options.stallS, 10),
    chunkStallS: resolveSpan('chunkStallS', owner, options.chunkStallS, 30),
    allowCycles: resolveFlag('allowCycles', owner, options.allowCycles, false),
  });
}
