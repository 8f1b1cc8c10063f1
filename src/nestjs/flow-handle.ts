import {
  FlowError,
  withLogFields,
  type FlowClass,
  type FlowInput,
  type FlowOutput,
  type PenguiFlow,
} from '../index.js';

/** The handle of a flow class, for the type of what `@InjectFlow` injects. */
export type FlowHandle<C extends FlowClass> = PenguiFlow<FlowInput<C>, FlowOutput<C>>;

/** A handle that controllers can hold before its flow exists: NestJS builds the nodes at the same time as the controllers. */
export interface LazyFlow {
  readonly flowClass: FlowClass;
  /** Looks like the flow; complains when it is used too early. */
  readonly handle: PenguiFlow;
  /** Gives it the flow. */
  bind(flow: PenguiFlow): void;
}

/** What a handle has. NestJS itself looks for hooks and for `then`, long before there is a flow, and must find neither. */
const MEMBERS: Readonly<Record<keyof PenguiFlow, true>> = {
  name: true,
  plan: true,
  state: true,
  run: true,
  emit: true,
  tryEmit: true,
  fetch: true,
  fetchMessage: true,
  call: true,
  collect: true,
  stream: true,
  emitChunk: true,
  results: true,
  cancel: true,
  stop: true,
  on: true,
  use: true,
  snapshot: true,
  health: true,
  [Symbol.asyncDispose]: true,
};

const lazyFlows = new WeakMap<object, LazyFlow>();

/** Makes a handle without a flow. */
export function lazyFlow(flowClass: FlowClass): LazyFlow {
  let bound: PenguiFlow | undefined;
  const methods = new Map<string | symbol, unknown>();
  const handle = new Proxy({} as PenguiFlow, {
    get(_, property) {
      if (bound !== undefined) return memberOf(bound, property, methods);
      if (Object.hasOwn(MEMBERS, property)) throw tooEarly(flowClass, property);
      return undefined;
    },
    has: (_, property) => Object.hasOwn(MEMBERS, property),
    set: () => false,
  });
  const lazy: LazyFlow = { flowClass, handle, bind: (flow) => void (bound = flow) };
  lazyFlows.set(handle, lazy);
  return lazy;
}

/** The lazy flow behind a handle; undefined for anything else, like what a test put in its place. */
export function lazyFlowOf(handle: unknown): LazyFlow | undefined {
  return typeof handle === 'object' && handle !== null ? lazyFlows.get(handle) : undefined;
}

function memberOf(flow: PenguiFlow, property: string | symbol, methods: Map<string | symbol, unknown>): unknown {
  const known = methods.get(property);
  if (known !== undefined) return known;
  const value: unknown = Reflect.get(flow, property, flow);
  if (typeof value !== 'function' || property === 'constructor') return value;
  // One call wakes the workers that then serve others, too: they must not inherit the log fields of this request.
  const method = (...args: unknown[]): unknown =>
    withLogFields(undefined, () => Reflect.apply(value, flow, args) as unknown);
  methods.set(property, method);
  return method;
}

function tooEarly(flowClass: FlowClass, property: string | symbol): FlowError {
  return new FlowError('NOT_RUNNING', {
    message: `\`${String(property)}\` of the flow ${flowClass.name} was used before the application had been initialised`,
    hint: 'Keep the handle in the constructor and use it from `onApplicationBootstrap()` on, or in request handlers.',
  });
}
