import { invalidOption, isRecord } from '../errors/option-error.js';
import type { FlowError } from '../errors/flow-error.js';
import type { NodeRef } from '../ports/node-context.js';
import type { RunStatus } from '../ports/run-kind.js';
import type { CollectedResults } from './egress/collected-results.js';
import { checkCallOptions, type EmitOptions } from './emit-options.js';

/** How a message is put before a node in the middle of a flow. */
export interface InjectOptions extends Omit<EmitOptions, 'join' | 'scoped' | 'to'> {
  /** The nodes that get it, by class or by name. */
  readonly node: NodeRef | readonly NodeRef[];
  /**
   * From which node it seems to come (`ctx.source`), by class or by name; `OpenSea` is the ingress. Needed where the node is a join.
   * @defaultValue one that leads to the node
   */
  readonly from?: NodeRef;
  /** The number of the run that it does again; tracers get it. @defaultValue none */
  readonly replayOf?: number;
}

/** How an injected run ended. */
export interface InjectedRun<out Out> extends CollectedResults<Out> {
  readonly traceId: string;
  readonly status: RunStatus;
}

/** {@link InjectOptions}, checked. */
export interface CheckedInjectOptions {
  readonly nodes: readonly NodeRef[];
  readonly from: NodeRef | undefined;
  readonly replayOf: number | undefined;
  readonly rest: EmitOptions;
}

/** @throws FlowError `INVALID_OPTION` */
export function readInjectOptions(options: InjectOptions, owner: string): CheckedInjectOptions {
  if (!isRecord(options)) throw invalidOption('options', owner, 'a plain object with `node`', options);
  const { node, from, replayOf, ...rest } = options;
  checkCallOptions(rest, owner);
  if (Object.hasOwn(rest, 'to')) throw invalidOption('to', owner, 'left out: `node` says where it goes', options);
  const nodes = (Array.isArray(node) ? node : [node]) as readonly NodeRef[];
  if (nodes.length === 0) throw invalidOption('node', owner, 'at least one node', node);
  for (const each of nodes) if (!isRef(each)) throw invalidOption('node', owner, 'a class or a name', each);
  if (from !== undefined && !isRef(from)) throw invalidOption('from', owner, 'a class or a name', from);
  if (replayOf !== undefined && !(Number.isSafeInteger(replayOf) && replayOf > 0)) {
    throw invalidOption('replayOf', owner, 'the number of a run', replayOf);
  }
  return { nodes, from, replayOf, rest };
}

function isRef(value: unknown): value is NodeRef {
  return typeof value === 'function' || (typeof value === 'string' && value !== '');
}

/** What a run is that was cut short. */
export function endedBy({ code }: FlowError): RunStatus {
  if (code === 'DEADLINE_EXCEEDED') return 'deadline';
  return code === 'FLOW_STOPPED' ? 'stopped' : 'cancelled';
}
