import { CLOCK, FLOW_LOG, type AnyProvider } from '#src/index.js';
import { connectFlow, type ConnectOptions, type FlowClient } from '#src/distributed/index.js';
import type { Rig } from '../worker/rig.js';

/** What flows on a rig are given: its clock, its log, and more. */
export function servicesOf(rig: Rig, more: readonly AnyProvider[] = []): readonly AnyProvider[] {
  return [{ token: CLOCK, useValue: rig.clock }, { token: FLOW_LOG, useValue: rig.log }, ...more];
}

/** Connects somebody to the flow of a rig. */
export async function connected(
  rig: Rig,
  options: Partial<Omit<ConnectOptions, 'providers'>> & { readonly providers?: readonly AnyProvider[] } = {},
): Promise<FlowClient<unknown>> {
  const { providers, ...rest } = options;
  const given = { carrier: rig.carrier, clientId: 'client', ...rest, providers: servicesOf(rig, providers) };
  return (await connectFlow(rig.flowClass as never, given as never)) as unknown as FlowClient<unknown>;
}

/** Stops a client, whose time is that of the rig. */
export async function disconnected(rig: Rig, client: FlowClient): Promise<void> {
  const stopping = client.stop();
  await rig.clock.advance(5_000);
  await stopping;
}
