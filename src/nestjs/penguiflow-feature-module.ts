import { Inject, Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ModuleRef, type ModulesContainer } from '@nestjs/core';
import { FlowError, type FlowClass, type PenguiFlow } from '../index.js';
import { hasBootstrapped, lazyFlowIn, lazyFlowOf } from './flow-handle.js';
import { FlowHost } from './flow-host.js';
import { getFlowToken } from './flow-token.js';
import type { FeatureOptions } from './penguiflow-module-options.js';

/** Under which a feature module has its flow classes. */
export const FEATURE_FLOWS: unique symbol = Symbol('penguiflow:feature-flows') as never;

/** Under which it has its options. */
export const FEATURE_OPTIONS: unique symbol = Symbol('penguiflow:feature-options') as never;

/** What `forFeature` makes: provides the handles, and gives them their flows when all providers of the application exist. */
@Module({})
export class PenguiFlowFeatureModule implements OnModuleInit, OnModuleDestroy {
  #host: FlowHost | undefined;

  readonly #moduleRef: ModuleRef;
  readonly #flowClasses: readonly FlowClass[];
  readonly #options: FeatureOptions;

  constructor(
    moduleRef: ModuleRef,
    @Inject(FEATURE_FLOWS) flowClasses: readonly FlowClass[],
    @Inject(FEATURE_OPTIONS) options: FeatureOptions,
  ) {
    this.#moduleRef = moduleRef;
    this.#flowClasses = flowClasses;
    this.#options = options;
  }

  async onModuleInit(): Promise<void> {
    for (const flowClass of this.#flowClasses) {
      const lazy = lazyFlowOf(this.#moduleRef.get(getFlowToken(flowClass)));
      // A test has put something else in its place.
      if (lazy === undefined) continue;
      this.#host ??= this.#findHost();
      lazy.bind(await this.#host.flow(flowClass, this.#options.concurrency));
    }
  }

  /** Deep and global modules hear of the shutdown last, but intake is to stop first. */
  onModuleDestroy(): void {
    this.#host?.onModuleDestroy();
  }

  #findHost(): FlowHost {
    try {
      return this.#moduleRef.get(FlowHost, { strict: false });
    } catch (error) {
      const names = this.#flowClasses.map(({ name }) => name).join(', ');
      throw new FlowError('UNRESOLVABLE_DEPENDENCY', {
        message: `PenguiFlowModule.forFeature([${names}]) was imported without PenguiFlowModule.forRoot()`,
        hint: 'Import `PenguiFlowModule.forRoot()` in the root module, once.',
        cause: error,
      });
    }
  }
}

/**
 * What `forFeature` provides for a flow.
 * @throws FlowError `NOT_RUNNING` in a module that is loaded later: NestJS calls no hook of it, so nothing would make the flow or run it
 */
export function handleIn(modules: ModulesContainer, flowClass: FlowClass): PenguiFlow {
  const lazy = lazyFlowIn(modules, flowClass);
  if (lazy.isBound || !hasBootstrapped(modules)) return lazy.handle;
  const { name } = flowClass;
  throw new FlowError('NOT_RUNNING', {
    message: `Flow ${name} came with a module that was loaded after the application had started`,
    hint: `Have a module that is there from the start import \`forFeature([${name}])\` and provide its nodes; that of a lazy module then gives the handle.`,
    metadata: { flow: name },
  });
}
