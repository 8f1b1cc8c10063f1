import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import { createFlow, FlowError, type FlowClass, type PenguiFlow } from '../index.js';
import { MODULE_OPTIONS_TOKEN } from './configurable-module.js';
import { messageHandlers, sharedByRequest } from './application-scan.js';
import { noteBootstrap } from './flow-handle.js';
import { INSPECTOR, type ModuleInspector } from './http/module-inspector.js';
import { RequestGate } from './http/request-gate.js';
import { NestNodeResolver, ScopedProvider } from './nest-node-resolver.js';
import { prepareHandlers, rejectOtherOptions } from './check-application.js';
import { closeQueueWorkers } from './inputs/queue-workers.js';
import { TransportGates } from './inputs/transport-gates.js';
import { DRAIN_S, GRACE_S, type PenguiFlowModuleOptions } from './penguiflow-module-options.js';

/** Holds the flows of the application: makes each once, runs them at bootstrap, drains them at shutdown. */
@Injectable()
export class FlowHost implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  readonly #flows = new Map<FlowClass, Promise<PenguiFlow>>();
  /** What `forFeature` said of each. */
  readonly #concurrency = new Map<FlowClass, number | undefined>();
  readonly #logger = new Logger('PenguiFlow');

  readonly #moduleRef: ModuleRef;
  readonly #modules: ModulesContainer;
  readonly #gate: RequestGate;
  readonly #transports: TransportGates;
  readonly #options: PenguiFlowModuleOptions;
  readonly #inspector: ModuleInspector | undefined;

  constructor(
    moduleRef: ModuleRef,
    modules: ModulesContainer,
    gate: RequestGate,
    transports: TransportGates,
    @Inject(MODULE_OPTIONS_TOKEN) options: PenguiFlowModuleOptions,
    @Inject(INSPECTOR) inspector: ModuleInspector | undefined,
  ) {
    this.#inspector = inspector;
    this.#moduleRef = moduleRef;
    this.#modules = modules;
    this.#gate = gate;
    this.#transports = transports;
    this.#options = options;
  }

  /** @throws FlowError `INVALID_OPTION`, `UNRESOLVABLE_DEPENDENCY` for what is wrong with the application as a whole */
  onModuleInit(): void {
    for (const { providers } of this.#modules.values()) {
      const other = providers.get(FlowHost)?.instance;
      if (other instanceof FlowHost && #options in other) rejectOtherOptions(this.#options, other.#options);
    }
    prepareHandlers(this.#modules, this.#options);
  }

  /**
   * The flow of a class. All providers exist by the time this is called: it is called from `onModuleInit`.
   *
   * @param concurrency - what `forFeature` says, where it does
   * @throws FlowError `INVALID_OPTION` when another module said something else
   */
  flow(flowClass: FlowClass, concurrency?: number): Promise<PenguiFlow> {
    let flow = this.#flows.get(flowClass);
    if (flow === undefined) {
      flow = this.#create(flowClass, concurrency ?? this.#options.concurrency);
      this.#flows.set(flowClass, flow);
      this.#concurrency.set(flowClass, concurrency);
    } else if (concurrency !== undefined && concurrency !== this.#concurrency.get(flowClass)) {
      throw new FlowError('INVALID_OPTION', {
        message: `Two modules say a different \`concurrency\` of flow ${flowClass.name} in forFeature()`,
        hint: 'Say it in `@Flow`, or in the options of each `forFeature([…])` that provides the flow.',
        metadata: { option: 'concurrency' },
      });
    }
    return flow;
  }

  /** Every flow that was made. */
  flows(): Promise<readonly PenguiFlow[]> {
    return Promise.all(this.#flows.values());
  }

  async onApplicationBootstrap(): Promise<void> {
    const { autoRun = true, startTimeoutS } = this.#options;
    noteBootstrap(this.#modules);
    const flows = await this.flows();
    this.#inspector?.show(flows);
    if (!autoRun) return;
    try {
      for (const flow of flows)
        if (flow.state === 'created') await flow.run(startTimeoutS === undefined ? {} : { startTimeoutS });
    } catch (error) {
      // The application will not come up, and nobody else can stop the flows that did.
      await Promise.all(flows.map((flow) => flow.stop()));
      throw error;
    }
  }

  onModuleDestroy(): void {
    this.#gate.close();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#warnOfMessages();
    const { drainS = DRAIN_S, graceS = GRACE_S } = this.#options;
    const endMs = performance.now() + drainS * 1000;
    // What was let in may not have reached its flow yet, so the flows take input until all of it is done and nothing more can come.
    const [openRequests, openMessages, openQueues] = await Promise.all([
      this.#gate.idle(drainS),
      this.#transports.close(drainS),
      closeQueueWorkers(this.#modules, drainS),
    ]);
    const leftS = Math.max(0, endMs - performance.now()) / 1000;
    const settled = await Promise.allSettled(this.#flows.values());
    const flows = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const stopped = await Promise.all(
      flows.map(async (flow) => ({ flow: flow.name, ...(await flow.stop({ drainS: leftS, graceS })) })),
    );
    // Before the server, which would wait for those who look on.
    await this.#inspector?.close();
    await this.#options.history?.close?.();
    const lost = stopped.filter(({ drained }) => !drained);
    if (lost.length + openRequests + openMessages + openQueues.length === 0) return;
    this.#logger.warn('not all work was finished when the application shut down', {
      openRequests,
      ...(openMessages > 0 && { openMessages }),
      ...(openQueues.length > 0 && { openQueues }),
      drainS,
      flows: lost,
    });
  }

  async #create(flowClass: FlowClass, concurrency: number | undefined): Promise<PenguiFlow> {
    const resolver = new NestNodeResolver(this.#moduleRef, this.#modules, flowClass.name);
    const { middlewares = [], interceptors = [], history } = this.#options;
    const given = {
      ...(concurrency === undefined ? undefined : { concurrency }),
      ...(history === undefined ? undefined : { history }),
    };
    for (;;) {
      try {
        return createFlow(flowClass, { resolver, middlewares, interceptors, ...given }) as PenguiFlow;
      } catch (error) {
        // Making a flow is synchronous and getting a scoped provider is not: get it, and begin again.
        if (!(error instanceof ScopedProvider)) throw error;
        await resolver.awaitScoped(error);
        this.#warnOfShared(error, flowClass);
      }
    }
  }

  #warnOfMessages(): void {
    if (this.#transports.size > 0 || this.#flows.size === 0) return;
    const [handler] = messageHandlers(this.#modules);
    if (handler === undefined) return;
    this.#logger.warn(
      `messages that come from now on are refused, like those of ${handler}: call \`drainMicroservices(app)\` in main.ts, once all microservices are connected`,
    );
  }

  #warnOfShared({ token }: ScopedProvider, { name: flow }: FlowClass): void {
    for (const [service, controller] of sharedByRequest(this.#modules, token)) {
      this.#logger.warn(
        `${service} is request-scoped and injected by ${controller} and by a node of flow ${flow}: each of the two has an ` +
          'instance of its own, made for the request and for the message. Put what both need into the payload.',
      );
    }
  }
}
