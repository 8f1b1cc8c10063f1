import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { PenguiFlowModuleOptions } from './penguiflow-module-options.js';

/**
 * NestJS's own builder gives `forRoot` and `forRootAsync` (`useFactory` with `inject`, `useClass`, `useExisting`); a class for
 * `useClass` has a method `createPenguiFlowOptions()`.
 */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<PenguiFlowModuleOptions>(
  { moduleName: 'PenguiFlow' },
)
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createPenguiFlowOptions')
  .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();
