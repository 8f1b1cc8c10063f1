import type { HttpAdapterHost } from '@nestjs/core';
import type { PenguiFlow } from '../../index.js';
import type { Inspector, InspectorOptions } from '../../inspector/index.js';
import type { PenguiFlowModuleOptions } from '../penguiflow-module-options.js';

/** The inspector of an application: `createInspector`, mounted. */
export interface ModuleInspectorOptions extends Omit<InspectorOptions, 'flows' | 'history' | 'path' | 'logger'> {
  /** Where it is: `/_penguiflow`. Neither the global prefix nor versions count. */
  readonly path: string;
}

/** Under which the application has it. */
export const INSPECTOR: unique symbol = Symbol('penguiflow:inspector') as never;

/** The inspector of an application, whose flows come when all of it is there. */
export class ModuleInspector {
  readonly #inspector: Inspector;
  readonly #path: string;

  constructor(inspector: Inspector, path: string) {
    this.#inspector = inspector;
    this.#path = path;
  }

  /** On the adapter itself and before what the module puts there: no pipe, guard or filter is in its way, and no shutdown waits for who looks on. */
  mountOn({ httpAdapter }: HttpAdapterHost): void {
    httpAdapter.use(this.#path, this.#inspector.handler);
  }

  show(flows: readonly PenguiFlow[]): void {
    for (const flow of flows) this.#inspector.add(flow);
  }

  close(): Promise<void> {
    return this.#inspector.close();
  }
}

/**
 * Makes the inspector that the options ask for; it is loaded only then.
 * @throws FlowError `INVALID_OPTION`, `INSPECTOR_UNSAFE`
 */
export async function moduleInspector({
  inspector: options,
  history,
  logger,
}: PenguiFlowModuleOptions): Promise<ModuleInspector | undefined> {
  if (options === undefined) return undefined;
  const { createInspector } = await import('../../inspector/index.js');
  const { path, ...rest } = options;
  const isSearchable = history !== undefined && 'planReplay' in history;
  const inspector = createInspector({
    ...{ ...rest, flows: [] },
    ...(isSearchable ? { history: history as NonNullable<InspectorOptions['history']> } : undefined),
    ...(logger === undefined ? undefined : { logger }),
  });
  // Said now, and not by the first request.
  void inspector.handler;
  return new ModuleInspector(inspector, path);
}
