import {
  openPart,
  type AnyProvider,
  type FlowClass,
  type FlowInput,
  type FlowOutput,
  type Provider,
} from '../../index.js';
import type { CarrierState } from '../carrier/carrier.js';
import type { CarrierSession } from '../carrier/carrier-session.js';
import { PayloadCodec } from '../codec/payload-codec.js';
import { checkFlowClass, FLOW_OPTIONS, rejectUnknownOptions } from '../option-check.js';
import { distributedPlanOf } from '../plan/distributed-plan.js';
import { SkewWatch } from '../skew-watch.js';
import { tellProblem, tellState } from '../tell-state.js';
import { CarrierClient } from './carrier-client.js';
import { readConnectOptions, type ConnectOptions } from './client-options.js';
import type { FlowClient } from './flow-client.js';

const OPTIONS = ['carrier', 'clientId', 'provision', ...FLOW_OPTIONS];

/**
 * Connects to a flow that runs in other processes. No node of it is made here; the class says what the flow is like.
 *
 * @param flowClass - with `@Distributed` and `@Flow`
 * @throws FlowError `FLOW_NOT_DECORATED`, `INVALID_OPTION`, `PLAN_UNSUPPORTED`; `PLAN_CHANGED` when the engine does not fit the plan, and may not be changed; what
 * the carrier cannot open with
 * @example
 * ```ts
 * await using client = await connectFlow(Documents, { carrier: sqliteCarrier({ file: 'work.db' }) });
 * const scored = await client.call(doc, { timeoutS: 30 });
 * ```
 */
export async function connectFlow<C extends FlowClass, P extends readonly AnyProvider[] | [] = readonly Provider[]>(
  flowClass: C,
  options: ConnectOptions<P>,
): Promise<FlowClient<FlowInput<C>, FlowOutput<C>>> {
  checkFlowClass(flowClass, 'connectFlow()');
  const owner = `connectFlow(${flowClass.name})`;
  const { client, flow } = readConnectOptions(options, owner);
  rejectUnknownOptions(options, OPTIONS, owner);
  const part = openPart(flowClass, { members: new Set<string>(), isCut: () => true }, flow);
  let session: CarrierSession | undefined;
  let carrierState: CarrierState = { state: 'up' };
  try {
    const plan = distributedPlanOf(flowClass, part.plan);
    session = await client.carrier.open({
      flow: part.name,
      owner: client.clientId,
      clock: part.clock,
      onState: (state) => {
        carrierState = state;
        tellState(part, { client_id: client.clientId }, state);
      },
      onProblem: (problem) => tellProblem(part, { client_id: client.clientId }, carrierState, problem),
    });
    await session.provision({ ...plan.carrier, ...client.carrier.times }, client.provision);
    await part.run();
    const codec = new PayloadCodec(plan.types, session.can.maxBytes);
    const { clientId } = client;
    const skew = new SkewWatch(part, session, { client_id: clientId });
    skew.begin();
    return new CarrierClient({ clientId, part, plan, session, codec, skew, carrierState: () => carrierState });
  } catch (error) {
    await session?.close(0);
    await part.stop({ graceS: 0 });
    throw error;
  }
}
