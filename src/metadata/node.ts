import { describeValue, rejectUnknownOptions } from '../errors/option-error.js';
import { FlowError } from '../errors/flow-error.js';
import type { InterceptorRef } from '../ports/node-interceptor.js';
import type { NodePolicy } from '../ports/node-policy.js';
import type { NodeValidation, ValidateMode } from '../ports/node-validation.js';
import { POLICY_OPTIONS, resolvePolicy, type NodePolicyOptions } from './resolve-policy.js';
import type { NodeClass } from '../ports/flow-node.js';
import type { PayloadShape } from '../ports/payload-shape.js';
import { checkParentheses, classHint, resolveFlag, resolveName } from './class-option.js';
import { checkConstructor } from './constructor-check.js';
import type { NodeTarget } from './node-target.js';
import { METADATA_KEYS, readOwn, writeOwn } from './reflect-store.js';
import { resolveInterceptors } from './resolve-interceptors.js';
import { resolveValidation, VALIDATION_OPTIONS } from './resolve-validation.js';

/**
 * Options of {@link Node}: the policy's fields, a name and what to validate.
 *
 * @typeParam I - the shape of what arrives
 * @typeParam O - the shape of what leaves
 */
export interface NodeOptions<
  I extends PayloadShape = PayloadShape,
  O extends PayloadShape = PayloadShape,
> extends NodePolicyOptions {
  /** Name in the graph, the events and the logs. @defaultValue the name of the class */
  readonly name?: string;
  /** Class or schema of the payload; validated before `process`, plain objects become instances of the class. */
  readonly input?: I;
  /** Class or schema of everything that is returned or emitted; validated before it leaves. */
  readonly output?: O;
  /** Which of the two is checked. @defaultValue 'both' */
  readonly validate?: ValidateMode;
  /** Leaves properties that no class-validator rule knows out of what plain objects become. @defaultValue false */
  readonly whitelist?: boolean;
  /** Refuses payloads with properties that no class-validator rule knows. @defaultValue false */
  readonly forbidNonWhitelisted?: boolean;
  /**
   * Groups of class-validator rules, and of `@Expose` and `@Transform`, that hold here. Rules of no group do not hold then,
   * unless they say `always: true`. @defaultValue none: every rule holds
   */
  readonly groups?: readonly string[];
  /** Whether a replay may run it again; false for work that must not be done twice whatever its idempotency key. @defaultValue true */
  readonly replayable?: boolean;
  /** Whether history may keep the payloads that come to it. @defaultValue true */
  readonly keepPayload?: boolean;
  /** Wrapped around each attempt of this node, inside those of the flow; the first is outermost. @defaultValue none */
  readonly interceptors?: readonly InterceptorRef[];
}

/** What `@Node` leaves on a class. Frozen. */
export interface NodeMetadata {
  readonly name: string;
  readonly policy: NodePolicy;
  /** Whether it says its `concurrency` itself, so that no default of its flow holds. */
  readonly saysConcurrency: boolean;
  readonly validation: NodeValidation;
  readonly replayable: boolean;
  readonly keepPayload: boolean;
  readonly interceptors: readonly InterceptorRef[];
}

const OPTIONS: readonly string[] = [
  'name',
  ...POLICY_OPTIONS,
  ...VALIDATION_OPTIONS,
  'replayable',
  'keepPayload',
  'interceptors',
];
/** As in PenguiFlow for Python. */
const RENAMED = { backoffMult: 'backoffMultiplier' };

/**
 * Makes a class with `process(payload, ctx)` a node. It only writes metadata; the options are checked here, once, and
 * frozen. A subclass of a node is not a node until it has its own `@Node`, whose options start from the defaults.
 *
 * @throws FlowError `INVALID_OPTION`, `METADATA_MISSING`, `PACKAGE_MISSING`, `UNRESOLVABLE_DEPENDENCY` while the decorator runs
 * @example
 * ```ts
 * @Node({ timeoutS: 5, maxRetries: 2, input: Order })
 * class Price implements FlowNode<Order, PricedOrder> {
 *   constructor(private readonly catalog: Catalog) {}
 *   async process(order: Order, ctx: NodeContext): Promise<PricedOrder> {
 *     return this.catalog.price(order, { signal: ctx.signal });
 *   }
 * }
 * ```
 */
export function Node<I extends PayloadShape = never, O extends PayloadShape = never>(
  options: NodeOptions<I, O> = {},
): <C extends NodeClass>(target: NodeTarget<C, I, O>) => void {
  checkParentheses('@Node', options);
  return (target, context?: unknown) => {
    const nodeClass = target as NodeClass;
    writeOwn(METADATA_KEYS.node, nodeClass, resolveNode(nodeClass, options));
    checkConstructor(nodeClass, context);
  };
}

/**
 * Tells whether this very class has `@Node`; for code that builds graphs from what it finds.
 *
 * @example
 * ```ts
 * const nodes = Object.values(await import('./steps.js')).filter(isNodeClass);
 * ```
 */
export function isNodeClass(value: unknown): value is NodeClass {
  return typeof value === 'function' && readOwn(METADATA_KEYS.node, value) !== undefined;
}

/**
 * What `@Node` wrote on this very class.
 * @throws FlowError `NODE_NOT_DECORATED`
 */
export function nodeMetadataOf(nodeClass: NodeClass): NodeMetadata {
  const given: unknown = nodeClass;
  if (typeof given !== 'function') {
    throw new FlowError('NODE_NOT_DECORATED', {
      message: `Expected a class with @Node in the graph, got ${describeValue(given)}`,
      hint: classHint(given),
    });
  }
  const metadata = readOwn<NodeMetadata>(METADATA_KEYS.node, nodeClass);
  if (metadata === undefined) {
    const name = nodeClass.name || 'a function without a name';
    throw new FlowError('NODE_NOT_DECORATED', {
      message: `${name} is in the graph but has no @Node of its own`,
      hint: `Put \`@Node()\` on ${nodeClass.name || 'a class'}; a decorator of its base class does not count.`,
      metadata: { class: nodeClass.name },
    });
  }
  return metadata;
}

function resolveNode(target: NodeClass, options: NodeOptions): NodeMetadata {
  const given = options as NodeOptions | null;
  const owner = `@Node "${given?.name ?? target.name}"`;
  rejectUnknownOptions(options, OPTIONS, owner, RENAMED);
  const name = resolveName('@Node', target, options.name);
  return Object.freeze({
    name,
    policy: resolvePolicy(options, owner),
    saysConcurrency: options.concurrency !== undefined,
    validation: resolveValidation(options, owner),
    replayable: resolveFlag('replayable', owner, options.replayable, true),
    keepPayload: resolveFlag('keepPayload', owner, options.keepPayload, true),
    interceptors: resolveInterceptors(options.interceptors, owner),
  });
}
