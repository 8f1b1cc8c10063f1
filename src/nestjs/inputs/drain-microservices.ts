import type { INestApplication, INestMicroservice } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { FlowError } from '../../index.js';
import { isProvided } from '../application-scan.js';
import type { TransportServer } from './transport-gate.js';
import { TransportGates } from './transport-gates.js';

/**
 * Has the shutdown wait for messages: the transports of the application stop taking any, those that were taken are answered within
 * `drainS`, and then the flows stop. NATS and Redis stop at once and lose nothing that was on its way; others can be stopped
 * only by closing them, and what they take meanwhile is answered while the flows run.
 *
 * Call it once all microservices are connected. NestJS tells its modules nothing of them, so it cannot happen by itself.
 *
 * @param app - a hybrid application, or a microservice
 * @throws FlowError `INVALID_OPTION` when it has no microservice yet, or no `PenguiFlowModule.forRoot()`
 * @example
 * ```ts
 * app.connectMicroservice({ transport: Transport.NATS }, { inheritAppConfig: true });
 * drainMicroservices(app);
 * app.enableShutdownHooks();
 * await app.startAllMicroservices();
 * ```
 */
export function drainMicroservices(app: INestApplication | INestMicroservice): void {
  const microservices = 'getMicroservices' in app ? app.getMicroservices() : [app];
  const servers = microservices.map(serverOf).filter((server) => server !== undefined);
  if (servers.length === 0) {
    throw refused(
      'drainMicroservices() was called for an application without microservices',
      'Call it after `app.connectMicroservice(…)`, or leave it out. A transport strategy of your own has to extend `Server` of `@nestjs/microservices`.',
    );
  }
  const gates = gatesOf(app);
  for (const server of servers) gates.watch(server);
}

function gatesOf(app: INestApplication | INestMicroservice): TransportGates {
  // Not by trying: NestJS ends the process where `app.get` finds nothing.
  if (!isProvided(app.get(ModulesContainer), TransportGates)) {
    throw refused(
      'drainMicroservices() was called for an application without PenguiFlowModule',
      'Import `PenguiFlowModule.forRoot()` in its root module.',
    );
  }
  return app.get(TransportGates, { strict: false });
}

/** NestJS 12 has `getTransportServer()`; before it, the server is private. */
function serverOf(microservice: object): TransportServer | undefined {
  const known = microservice as {
    getTransportServer?(): TransportServer;
    readonly serverInstance?: TransportServer;
    readonly server?: TransportServer;
  };
  const found = known.getTransportServer?.() ?? known.serverInstance ?? known.server;
  return typeof found?.getHandlerByPattern === 'function' ? found : undefined;
}

function refused(message: string, hint: string): FlowError {
  return new FlowError('INVALID_OPTION', { message, hint, metadata: { owner: 'drainMicroservices()' } });
}
