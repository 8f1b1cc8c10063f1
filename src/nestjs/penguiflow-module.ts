import {
  Inject,
  Module,
  type DynamicModule,
  type NestModule,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { configureLogging, correlate, FlowError, FlowLogger, getLogger, LOGGER, type FlowClass } from '../index.js';
import { documentHandlers } from './check-application.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './configurable-module.js';
import { FlowHealthIndicator } from './flow-health-indicator.js';
import { FlowHost } from './flow-host.js';
import { getFlowToken } from './flow-token.js';
import { INSPECTOR, moduleInspector, type ModuleInspector } from './http/module-inspector.js';
import { RequestGate } from './http/request-gate.js';
import { keepStreams } from './http/stream-replies.js';
import { traceRequests } from './http/trace-requests.js';
import { TransportGates } from './inputs/transport-gates.js';
import { joinLogOwners, leaveLogOwners } from './log-owners.js';
import { PenguiFlowLogger } from './penguiflow-logger.js';
import { FEATURE_FLOWS, FEATURE_OPTIONS, handleIn, PenguiFlowFeatureModule } from './penguiflow-feature-module.js';
import { rejectUnknownOptions } from './option-check.js';
import {
  checkFeatureOptions,
  checkModuleOptions,
  type FeatureOptions,
  type PenguiFlowModuleOptions,
} from './penguiflow-module-options.js';

type ForRootOptions = Parameters<typeof ConfigurableModuleClass.forRoot>[0];
type ForRootAsyncOptions = Parameters<typeof ConfigurableModuleClass.forRootAsync>[0];

const ASYNC_KEYS: readonly string[] = [
  'imports',
  'inject',
  'useFactory',
  'useClass',
  'useExisting',
  'provideInjectionTokensFrom',
  'isGlobal',
];

/** Checks the options and sets logging up, before anything that logs is built. */
const CHECKED_OPTIONS: unique symbol = Symbol('penguiflow:checked-options') as never;

const providers: readonly Provider[] = [
  {
    provide: CHECKED_OPTIONS,
    inject: [MODULE_OPTIONS_TOKEN],
    useFactory: (options: PenguiFlowModuleOptions): PenguiFlowModuleOptions => {
      checkModuleOptions(options);
      // Of this application alone, although several may be made with one object.
      const own = { ...options };
      if (options.logging !== undefined) configureLogging(options.logging);
      joinLogOwners(own, options.logging !== undefined);
      return own;
    },
  },
  {
    provide: LOGGER,
    inject: [CHECKED_OPTIONS],
    useFactory: ({ logger }: PenguiFlowModuleOptions) => (logger === undefined ? getLogger() : correlate(logger)),
  },
  {
    provide: FlowLogger,
    inject: [CHECKED_OPTIONS],
    useFactory: ({ logger, flowLogger }: PenguiFlowModuleOptions) => new FlowLogger(logger, flowLogger),
  },
  {
    provide: PenguiFlowLogger,
    inject: [CHECKED_OPTIONS],
    useFactory: ({ logger }: PenguiFlowModuleOptions) => new PenguiFlowLogger(logger),
  },
  { provide: INSPECTOR, inject: [CHECKED_OPTIONS], useFactory: moduleInspector },
  RequestGate,
  TransportGates,
  FlowHost,
  FlowHealthIndicator,
];

/**
 * Flows in a NestJS application: `forRoot` once, `forFeature([Orders])` in the modules whose providers include the flow
 * class and its nodes. Flows run when the application has bootstrapped and drain when it shuts down.
 *
 * @example
 * ```ts
 * @Module({ imports: [PenguiFlowModule.forFeature([Orders])], providers: [Orders, Price, Charge], controllers: [OrdersController] })
 * class OrdersModule {}
 *
 * @Module({ imports: [PenguiFlowModule.forRoot({ drainS: 20 }), OrdersModule] })
 * class AppModule {}
 * ```
 */
@Module({ providers: [...providers], exports: [LOGGER, FlowLogger, PenguiFlowLogger, FlowHealthIndicator] })
export class PenguiFlowModule extends ConfigurableModuleClass implements NestModule, OnApplicationShutdown {
  readonly #adapterHost: HttpAdapterHost;
  readonly #gate: RequestGate;
  readonly #options: PenguiFlowModuleOptions;
  readonly #inspector: ModuleInspector | undefined;

  constructor(
    adapterHost: HttpAdapterHost,
    gate: RequestGate,
    @Inject(CHECKED_OPTIONS) options: PenguiFlowModuleOptions,
    modules: ModulesContainer,
    @Inject(INSPECTOR) inspector: ModuleInspector | undefined,
  ) {
    super();
    this.#inspector = inspector;
    this.#adapterHost = adapterHost;
    this.#gate = gate;
    this.#options = options;
    // Not later: OpenAPI documents are made between the creation of the application and its start.
    documentHandlers(modules);
  }

  /** @throws FlowError `INVALID_OPTION`, at bootstrap */
  static override forRoot(options: ForRootOptions = {}): DynamicModule {
    return super.forRoot(options);
  }

  /**
   * Like `forRoot`, with options that other providers have: `useFactory` with `inject`, `useClass` or `useExisting`.
   * @throws FlowError `INVALID_OPTION`
   */
  static override forRootAsync(options: ForRootAsyncOptions): DynamicModule {
    const more = '; those of forRoot() are what the factory returns.';
    rejectUnknownOptions(options, ASYNC_KEYS, 'PenguiFlowModule.forRootAsync()', more);
    return super.forRootAsync(options);
  }

  /**
   * Provides the handles of flows, for `@InjectFlow`. The flow classes and their nodes are providers of the importing module
   * or of any other.
   *
   * @throws FlowError `INVALID_OPTION`
   */
  static forFeature(flowClasses: readonly FlowClass[], options: FeatureOptions = {}): DynamicModule {
    checkFeatureOptions(options);
    for (const flowClass of flowClasses as readonly unknown[]) {
      if (typeof flowClass === 'function') continue;
      throw new FlowError('INVALID_OPTION', {
        message: `Expected forFeature([…]) to get classes with @Flow, got ${String(flowClass)}`,
        hint: 'A class that is undefined here was imported in a circle: move one of the two classes to a file of its own.',
      });
    }
    return {
      module: PenguiFlowFeatureModule,
      providers: [
        { provide: FEATURE_FLOWS, useValue: flowClasses },
        { provide: FEATURE_OPTIONS, useValue: options },
        ...flowClasses.map((flowClass) => ({
          provide: getFlowToken(flowClass),
          inject: [ModulesContainer],
          useFactory: (modules: ModulesContainer) => handleIn(modules, flowClass),
        })),
      ],
      exports: flowClasses.map(getFlowToken),
    };
  }

  /** Called by NestJS while it sets up HTTP, before the routes. */
  configure(): void {
    this.#inspector?.mountOn(this.#adapterHost);
    traceRequests(this.#adapterHost, this.#gate, this.#options);
    keepStreams(this.#adapterHost);
  }

  /** The last thing of all: nobody logs after it, unless another application of this process still does. */
  async onApplicationShutdown(): Promise<void> {
    await leaveLogOwners(this.#options);
  }
}
