import { DISTRIBUTED_ERRORS } from './distributed-error-codes.js';
import { HISTORY_ERRORS } from './history-error-codes.js';

/** One entry of the error catalogue. */
export interface FlowErrorEntry {
  /** What happened, in one sentence, for the reference page. */
  readonly summary: string;
  /** What the reader does about it; becomes `FlowError.hint` unless the throw site knows better. */
  readonly fix: string;
  /** The same input can only repeat it, so a node that fails with it is not tried again. @defaultValue false */
  readonly final?: true;
  /** It says itself what happened at a node; anything else that a node throws becomes the `cause` of `NODE_EXCEPTION`. @defaultValue false */
  readonly own?: true;
}

/**
 * The catalogue of everything PenguiFlow throws on purpose.
 *
 * `docs/reference/errors.md` is checked against this table by a test.
 */
export const FLOW_ERRORS = {
  // A run
  NODE_EXCEPTION: {
    summary: 'A node threw, or its promise rejected, and no retries were left.',
    fix: 'Read `cause` for what the node threw; raise `maxRetries` if the failure is transient.',
  },
  NODE_TIMEOUT: {
    summary: 'An attempt of a node outlived `timeoutS` and no retries were left.',
    fix: 'Pass `ctx.signal` to the calls the node makes, or raise `timeoutS`.',
    own: true,
  },
  TRACE_CANCELLED: {
    summary: 'The trace was cancelled while somebody waited for it.',
    fix: 'Nothing to mend: `cancel(traceId)` or an aborted signal asked for it.',
    final: true,
  },
  DEADLINE_EXCEEDED: {
    summary: 'The deadline of the message passed before its trace was done.',
    fix: 'Give the trace more time (`timeoutS` of `emit`/`call`), or make the nodes before this one faster.',
    final: true,
    own: true,
  },
  TENANT_REQUIRED: {
    summary: 'A trace id was named without a tenant, and only runs of other tenants bear it.',
    fix: 'Name the tenant: `fetch({ traceId, tenant })`, `cancel(traceId, { tenant })`.',
  },
  FETCH_TIMEOUT: {
    summary: 'A `fetch` had no result within its `timeoutS`.',
    fix: 'Raise `timeoutS`, or look at `snapshot()` to see where the trace waits.',
  },
  ABORTED: {
    summary: 'The signal that was passed to `emit`, `fetch` or `call` aborted.',
    fix: 'Nothing to mend: the caller asked for it.',
  },
  LOOP_OVERFLOW: {
    summary: 'A run multiplied in a loop of its graph until it had more than `maxLoop` messages.',
    fix: 'Let the loop end (a visited set, a depth in the payload), or raise `maxLoop` of `@Flow`.',
  },
  READER_STALLED: {
    summary: 'Nobody took a piece of a stream for `chunkStallS`, so its run was ended.',
    fix: 'Read the stream to its end, or leave its loop; raise `chunkStallS` of `@Flow` for readers that are slow by nature.',
    final: true,
  },
  NO_RESULT: {
    summary: 'A trace ended without delivering anything to the egress while somebody waited for it.',
    fix: 'Return a payload from the last node, or use `emit` when no result is expected.',
  },
  VALIDATION_FAILED: {
    summary: 'A payload does not satisfy the `input` or `output` of a node.',
    fix: 'Read `metadata.violations` for the property paths and constraints.',
    final: true,
    own: true,
  },
  NEXT_CALLED_TWICE: {
    summary: 'An interceptor called `next` a second time in the same attempt.',
    fix: 'Call `next` once; to try again, throw and let `maxRetries` of `@Node` do it.',
    final: true,
    own: true,
  },
  IDEMPOTENCY_KEY_UNKNOWN: {
    summary: 'A node asked for its idempotency key in a run whose messages have none.',
    fix: 'Give the payload an id, `emit(payload, { id })`, or the flow a history or a tracer; in a test, give `testContext` an `idempotencyKey`.',
    final: true,
    own: true,
  },
  TRACE_MISMATCH: {
    summary: 'A node returned or emitted a `Message` that belongs to another trace.',
    fix: 'Return a payload, or build the message with `ctx.message.with({ payload })`.',
    final: true,
    own: true,
  },
  UNROUTED_MESSAGE: {
    summary: 'No branch of a node accepts what it emitted.',
    fix: 'Add `.on(Class, Node)` for the class, or `.otherwise(Node)` after the `.when` branches.',
    final: true,
    own: true,
  },
  UNKNOWN_TARGET: {
    summary: '`to` names a node that is not a successor (or, for the flow, not an ingress).',
    fix: 'Name one of the nodes the message lists, by class or by name.',
    final: true,
    own: true,
  },
  ATTEMPT_ENDED: {
    summary: 'A node used its context after the attempt had ended (timeout, cancel or stop).',
    fix: 'Stop the work when `ctx.signal` aborts.',
  },
  JOIN_TIMEOUT: {
    summary: 'A join waited for its `timeoutS` and not everything had arrived.',
    fix: "Read `metadata.missing`; raise `timeoutS`, or take what is there with `onTimeout: 'emit'`.",
    final: true,
    own: true,
  },
  DEPENDENCY_TIMEOUT: {
    summary: 'A try of `ctx.through` outlived `timeoutS` of its dependency, and its policy tried no more.',
    fix: 'Pass the signal that the function gets to the client it calls; raise `timeoutS` of `dependency()`, or look at what is slow outside.',
    own: true,
  },
  DEPENDENCY_REJECTED: {
    summary: 'The policy of a dependency refused a call of `ctx.through` without calling the function.',
    fix: 'Read `cause` and `metadata.reason`: an open breaker lets calls through again by itself once the dependency answers; a full bulkhead asks for a lower `concurrency`.',
    own: true,
  },
  RETRY_BUDGET_SPENT: {
    summary: 'A node would have tried again, but too many of its attempts were retries lately (`retryBudget`).',
    fix: 'Read `cause` for what the node threw: it fails for many messages at a time. Raise `retryBudget` of `@Node` if what it calls can bear more.',
    own: true,
  },
  MAP_FAILED: {
    summary: "Some items of `mapConcurrent(..., { errors: 'all' })` failed.",
    fix: 'Read `cause.errors`; `metadata.failed` has the positions of the items.',
  },
  // The handle
  NOT_RUNNING: {
    summary: 'The flow is used before `run()`.',
    fix: 'Call `await flow.run()` first.',
  },
  ALREADY_RUNNING: {
    summary: '`run()` was called twice.',
    fix: 'Call `run()` once per flow handle.',
  },
  FLOW_STOPPED: {
    summary: 'The flow is stopping or has stopped.',
    fix: 'Make a new handle with `createFlow(...)`; a stopped flow does not start again.',
  },
  START_FAILED: {
    summary:
      '`onFlowStart()` of a node or middleware failed, or took longer than `startTimeoutS` of `run()`, so the flow did not start.',
    fix: 'Read `cause`; what had started before it was stopped again.',
  },
  // Declaration and assembly
  INVALID_OPTION: {
    summary: 'An option has a value it cannot have, or a name nobody knows.',
    fix: 'Change the value to what the message expects.',
  },
  INVALID_MESSAGE: {
    summary: 'A `Message` was built from values that are not allowed, or what was emitted can be no payload.',
    fix: 'Change the field that the message names.',
  },
  NODE_NOT_DECORATED: {
    summary: 'A class in the graph is not a node.',
    fix: 'Put `@Node()` on the class.',
  },
  FLOW_NOT_DECORATED: {
    summary: 'The class given to `createFlow` is not a flow.',
    fix: 'Put `@Flow()` on the class.',
  },
  MIDDLEWARE_NOT_DECORATED: {
    summary: 'A class listed as a middleware listens to nothing.',
    fix: 'Put `@Middleware()` on the class and `@OnFlowEvent(...)` on the methods that listen.',
  },
  PROCESS_MISSING: {
    summary: 'A class with `@Node` has no `process` method.',
    fix: 'Add `process(payload, ctx)`.',
  },
  METADATA_MISSING: {
    summary: 'The build emitted no decorator metadata, so the constructor parameters are unknown.',
    fix: 'Build with `tsc`, `experimentalDecorators` and `emitDecoratorMetadata`, or name each parameter with `@inject(...)`.',
  },
  UNRESOLVABLE_DEPENDENCY: {
    summary: 'A constructor parameter cannot be provided by the container.',
    fix: 'Import the class as a value (not with `import type`), or provide it in `providers`.',
  },
  PACKAGE_MISSING: {
    summary: 'The flow needs a package that is not installed.',
    fix: 'Install the package that the message names.',
  },
  GRAPH_MISSING: {
    summary: 'A flow class has no `graph` field that was built with `start(...)`.',
    fix: 'Declare `readonly graph = start(FirstNode)…;`.',
  },
  EMPTY_GRAPH: {
    summary: 'The graph has no nodes.',
    fix: 'Start the graph with at least one node.',
  },
  GRAPH_CYCLE: {
    summary: 'The graph has a cycle that nobody allowed.',
    fix: 'Remove the edge, or allow it with `allowCycles: true`.',
  },
  NODE_UNREACHABLE: {
    summary: 'No path leads from an ingress to a node of the graph.',
    fix: 'Connect the node, or leave it out.',
  },
  DUPLICATE_NODE: {
    summary: 'Two nodes of one graph are the same class or have the same name.',
    fix: 'Derive a class with its own `@Node({ name })` for the second one.',
  },
  DUPLICATE_EDGE: {
    summary: 'The same two nodes are connected twice.',
    fix: 'Keep one of the edges.',
  },
  DUPLICATE_FLOW_NAME: {
    summary: 'Two different flow classes of one process have the same name, which would mix their logs.',
    fix: 'Give one of them `@Flow({ name: "…" })`.',
  },
  ROUTING_POLICY_INVALID: {
    summary: 'The map of a routing policy cannot be read, or names no successors.',
    fix: 'Give an object of successors by key: a name, a list of names, or null.',
  },
  // Logging
  LOG_DESTINATION_FAILED: {
    summary: 'A log destination cannot be opened or written.',
    fix: 'Check the path, the rights and the free space.',
  },
  // History
  ...HISTORY_ERRORS,

  // Inspector
  INSPECTOR_UNSAFE: {
    summary: 'An inspector was to be open to others than this machine, and nobody would have to show who they are.',
    fix: 'Give `createInspector` a `token` of at least 32 random characters, or `authorize`; or use `listen()`, which only this machine reaches.',
  },

  ...DISTRIBUTED_ERRORS,
} as const satisfies Record<string, FlowErrorEntry>;

/** A code of the catalogue. */
export type FlowErrorCode = keyof typeof FLOW_ERRORS;

const FINAL = codesWith('final');
const OWN = codesWith('own');

/** Whether the same input can only repeat a failure. */
export function isFinalCode(code: FlowErrorCode): boolean {
  return FINAL.has(code);
}

/** Whether an error says itself what happened at a node. */
export function isOwnCode(code: FlowErrorCode): boolean {
  return OWN.has(code);
}

function codesWith(flag: 'final' | 'own'): ReadonlySet<FlowErrorCode> {
  const entries = Object.entries<FlowErrorEntry>(FLOW_ERRORS);
  return new Set(entries.filter(([, entry]) => entry[flag] === true).map(([code]) => code as FlowErrorCode));
}
