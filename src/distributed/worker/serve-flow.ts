import { FlowError, openPart, type AnyProvider, type FlowClass, type FlowPart, type Provider } from '../../index.js';
import type { CarrierState } from '../carrier/carrier.js';
import type { CarrierSession } from '../carrier/carrier-session.js';
import { PayloadCodec } from '../codec/payload-codec.js';
import { checkFlowClass, FLOW_OPTIONS, invalidOption, rejectUnknownOptions } from '../option-check.js';
import { distributedPlanOf, type DistributedPlan } from '../plan/distributed-plan.js';
import { SkewWatch } from '../skew-watch.js';
import { tellProblem, tellState } from '../tell-state.js';
import { CancelBook } from './cancel-book.js';
import { EntryTaker } from './entry-taker.js';
import { WorkerHandle, type FlowWorker } from './flow-worker.js';
import { FullQueues } from './full-queues.js';
import { Isolation } from './isolation.js';
import { Receiver } from './receiver.js';
import { readServeOptions, type ServeOptions, type WorkerOptions } from './serve-options.js';
import { nodeOf, tell, type WorkerCore } from './worker-core.js';
import { WorkerRegistry } from './worker-registry.js';

const OPTIONS = [
  'carrier',
  'groups',
  'workerId',
  'provision',
  'deadLetters',
  'crashLimit',
  'concurrency',
  'interceptors',
  ...FLOW_OPTIONS,
];

/**
 * Serves groups of a flow in this process: takes their messages from the carrier, works on them, and hands on what they lead to. It resolves when it serves.
 *
 * Everything that the engine has acknowledged is delivered at least once until it is settled, whatever dies: what a process had not ended runs again in
 * another one. `ctx.redelivered` says so, and `ctx.idempotencyKey` is the same.
 *
 * @param flowClass - with `@Distributed` and `@Flow`
 * @throws FlowError what `createFlow` and `run()` throw, `PLAN_UNSUPPORTED`, `PLAN_CHANGED`, `INVALID_OPTION`, and what the carrier cannot open with
 * @example
 * ```ts
 * const worker = await serveFlow(Documents, { carrier: sqliteCarrier({ file: 'work.db' }), groups: ['cpu'] });
 * process.once('SIGTERM', () => void worker.stop({ drainS: 20 }));
 * ```
 */
export async function serveFlow<P extends readonly AnyProvider[] | [] = readonly Provider[]>(
  flowClass: FlowClass,
  options: ServeOptions<P>,
): Promise<FlowWorker> {
  checkFlowClass(flowClass, 'serveFlow()');
  const owner = `serveFlow(${flowClass.name})`;
  const { worker, flow } = readServeOptions(options as ServeOptions<never>, owner);
  rejectUnknownOptions(options, OPTIONS, owner);
  let plan: DistributedPlan | undefined;
  const part = openPart(
    flowClass,
    (flowPlan) => {
      plan = distributedPlanOf(flowClass, flowPlan);
      const members = membersOf(plan, worker.groups, owner);
      const cuts = new Set(plan.cuts.map(({ from, to }) => JSON.stringify([from, to])));
      return { members, isCut: ({ from, to }) => cuts.has(JSON.stringify([from, to])) };
    },
    flow,
  );
  let session: CarrierSession | undefined;
  try {
    let state: CarrierState = { state: 'up' };
    session = await worker.carrier.open({
      flow: part.name,
      owner: worker.workerId,
      clock: part.clock,
      onState: (now) => {
        state = now;
        tellState(part, { worker_id: worker.workerId }, now);
      },
      onProblem: (problem) => tellProblem(part, { worker_id: worker.workerId }, state, problem),
    });
    return await serve(part, plan as unknown as DistributedPlan, session, worker, () => state);
  } catch (error) {
    await session?.close(0);
    await part.stop({ graceS: 0 });
    throw error;
  }
}

async function serve(
  part: FlowPart,
  plan: DistributedPlan,
  session: CarrierSession,
  {
    carrier: engine,
    groups = plan.groups.map(({ name }) => name),
    workerId,
    provision,
    deadLetters,
    crashLimit,
  }: WorkerOptions,
  carrier: () => CarrierState,
): Promise<FlowWorker> {
  await session.provision({ ...plan.carrier, ...engine.times }, provision);
  const nodes = part.plan.nodes.map(({ name }) => name);
  const facts = { workerId, flow: plan.flow, plan: plan.hash, groups, nodes, types: plan.types.names };
  const core: WorkerCore = {
    workerId,
    part,
    plan,
    session,
    codec: new PayloadCodec(plan.types, session.can.maxBytes),
    cancels: new CancelBook(session),
    isolation: new Isolation(),
    registry: new WorkerRegistry(session, part.clock, facts),
    crashLimit,
    keepsAllDead: deadLetters === 'all',
    full: new FullQueues(session, part.clock, plan.carrier, (queue, waitedMs) =>
      tell({ part, workerId }, 'flow_backpressure', nodeOf(queue), undefined, { waited_ms: waitedMs, queue }),
    ),
    skew: new SkewWatch(part, session, { worker_id: workerId }),
  };
  await part.run();
  await core.registry.begin();
  const receiver = new Receiver(core);
  const entries = plan.entries.filter(({ group }) => groups.includes(group));
  session.onLost((delivery, why) => {
    const entry = entries.find(({ queues }) => queues.includes(delivery.queue));
    receiver.lost(delivery, why, entry?.maxHoldS ?? 0);
  });
  const takers = entries.map((entry) => {
    const node = part.plan.nodes.find(({ name }) => name === entry.node);
    if (node === undefined)
      throw new FlowError('PLAN_CHANGED', { message: `Flow "${plan.flow}" lacks node "${entry.node}"` });
    return new EntryTaker(session, receiver, entry, node);
  });
  for (const taker of takers) taker.begin();
  core.skew.begin();
  return new WorkerHandle(core, receiver, takers, Object.freeze([...groups]), carrier);
}

/** @throws FlowError `INVALID_OPTION` for a group that the flow does not have */
function membersOf(
  { groups }: DistributedPlan,
  chosen: readonly string[] | undefined,
  owner: string,
): ReadonlySet<string> {
  const names = groups.map(({ name }) => name);
  const strange = chosen?.find((name) => !names.includes(name));
  if (strange !== undefined) {
    throw invalidOption('groups', owner, `among ${names.map((name) => `"${name}"`).join(', ')}`, strange);
  }
  const here = groups.filter(({ name }) => chosen === undefined || chosen.includes(name));
  return new Set(here.flatMap(({ members }) => members));
}
