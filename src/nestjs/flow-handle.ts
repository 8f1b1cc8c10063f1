import type { ModulesContainer } from '@nestjs/core';
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
  /** Looks like the flow; its methods complain when they are called too early. */
  readonly handle: PenguiFlow;
  /** Whether it has its flow. */
  readonly isBound: boolean;
  /** Gives it the flow. */
  bind(flow: PenguiFlow): void;
}

/** What a handle has. */
export const FLOW_MEMBERS: Readonly<Record<keyof PenguiFlow, 'method' | 'value'>> = {
  name: 'value',
  plan: 'value',
  state: 'value',
  run: 'method',
  emit: 'method',
  tryEmit: 'method',
  fetch: 'method',
  fetchMessage: 'method',
  call: 'method',
  collect: 'method',
  inject: 'method',
  stream: 'method',
  emitChunk: 'method',
  results: 'method',
  cancel: 'method',
  stop: 'method',
  on: 'method',
  use: 'method',
  record: 'method',
  snapshot: 'method',
  health: 'method',
  [Symbol.asyncDispose]: 'method',
};

type Member = keyof PenguiFlow;

const lazyFlows = new WeakMap<object, LazyFlow>();

/** By the modules of an application: one handle for each flow, so that whoever spies on it spies on it everywhere. */
const applications = new WeakMap<ModulesContainer, Map<FlowClass, LazyFlow>>();

/** The applications whose flows run: one that comes now comes too late. */
const bootstrapped = new WeakSet<ModulesContainer>();

export function noteBootstrap(modules: ModulesContainer): void {
  bootstrapped.add(modules);
}

export function hasBootstrapped(modules: ModulesContainer): boolean {
  return bootstrapped.has(modules);
}

/** The handle of a flow in an application, whichever of its modules asks. */
export function lazyFlowIn(modules: ModulesContainer, flowClass: FlowClass): LazyFlow {
  let flows = applications.get(modules);
  if (flows === undefined) applications.set(modules, (flows = new Map<FlowClass, LazyFlow>()));
  let lazy = flows.get(flowClass);
  if (lazy === undefined) flows.set(flowClass, (lazy = lazyFlow(flowClass)));
  return lazy;
}

/**
 * Makes a handle without a flow. It is a plain object, because others look at every provider long before there is a flow, and some
 * replace what they find: schedulers and explorers read each property, tests spy on methods.
 */
function lazyFlow(flowClass: FlowClass): LazyFlow {
  let bound: PenguiFlow | undefined;
  const handle = {} as PenguiFlow;
  for (const member of Reflect.ownKeys(FLOW_MEMBERS) as Member[]) {
    if (FLOW_MEMBERS[member] === 'value') {
      Object.defineProperty(handle, member, { get: () => bound?.[member], configurable: true });
      continue;
    }
    const value = (...args: never[]): unknown => {
      const flow = bound;
      if (flow === undefined) throw tooEarly(flowClass, member);
      // One call wakes the workers that then serve others, too: they must not inherit the log fields of this request.
      return withLogFields(undefined, () => Reflect.apply(flow[member] as never, flow, args) as unknown);
    };
    Object.defineProperty(value, 'name', { value: nameOf(member) });
    Object.defineProperty(handle, member, { value, writable: true, configurable: true });
  }
  const lazy: LazyFlow = {
    flowClass,
    handle,
    get isBound() {
      return bound !== undefined;
    },
    bind: (flow) => void (bound = flow),
  };
  lazyFlows.set(handle, lazy);
  return lazy;
}

/** The lazy flow behind a handle; undefined for anything else, like what a test put in its place. */
export function lazyFlowOf(handle: unknown): LazyFlow | undefined {
  return typeof handle === 'object' && handle !== null ? lazyFlows.get(handle) : undefined;
}

/** What a member is called in messages. */
export function nameOf(member: Member): string {
  return typeof member === 'symbol' ? '[Symbol.asyncDispose]' : member;
}

function tooEarly(flowClass: FlowClass, member: Member): FlowError {
  return new FlowError('NOT_RUNNING', {
    message: `\`${nameOf(member)}\` of the flow ${flowClass.name} was used before the application had been initialised`,
    hint: 'Keep the handle in the constructor and use it from `onApplicationBootstrap()` on, or in request handlers.',
  });
}
