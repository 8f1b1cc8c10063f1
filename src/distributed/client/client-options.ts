import type { AnyProvider, CreateFlowOptions, Provider } from '../../index.js';
import type { Carrier } from '../carrier/carrier.js';
import { invalidOption } from '../option-check.js';
import { newClientId } from './root-id.js';

/**
 * Options of {@link connectFlow}: those of a client, and those of `createFlow` that matter where no node is.
 *
 * @typeParam P - the types of the providers
 */
export interface ConnectOptions<P extends readonly AnyProvider[] = readonly Provider[]> extends Pick<
  CreateFlowOptions<P>,
  'container' | 'providers' | 'resolver' | 'middlewares' | 'history'
> {
  /** The engine that carries the messages. */
  readonly carrier: Carrier;
  /** Names the client in its roots; 1 to 64 letters, digits and `_`. @defaultValue a fresh one */
  readonly clientId?: string;
  /** Whether the engine is made to fit the plan, or only looked at. @defaultValue 'ensure' */
  readonly provision?: 'ensure' | 'verify';
}

/** Those of the client itself, checked. */
export interface ClientSettings {
  readonly carrier: Carrier;
  readonly clientId: string;
  readonly provision: 'ensure' | 'verify';
}

const CLIENT_ID = /^\w{1,64}$/;

/**
 * Takes apart what is for the client and what is for its flow, which checks the rest.
 * @throws FlowError `INVALID_OPTION`
 */
export function readConnectOptions<P extends readonly AnyProvider[]>(
  options: ConnectOptions<P>,
  owner: string,
): { readonly client: ClientSettings; readonly flow: CreateFlowOptions<P> } {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) throw invalidOption('options', owner, 'an object', given);
  const { carrier, clientId = newClientId(), provision = 'ensure', ...flow } = options;
  if (typeof (carrier as Partial<Carrier> | undefined)?.open !== 'function') {
    throw invalidOption('carrier', owner, 'a carrier, such as memoryCarrier()', carrier);
  }
  if (typeof clientId !== 'string' || !CLIENT_ID.test(clientId)) {
    throw invalidOption('clientId', owner, '1 to 64 letters, digits and `_`', clientId);
  }
  if (provision !== 'ensure' && provision !== 'verify') {
    throw invalidOption('provision', owner, "'ensure' or 'verify'", provision);
  }
  return { client: { carrier, clientId, provision }, flow: flow as CreateFlowOptions<P> };
}
