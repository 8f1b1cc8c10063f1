import { Global, Module } from '@nestjs/common';
import { FlowLogger } from 'penguiflow';
import { PenguiFlowModule, type ModuleInspectorOptions } from 'penguiflow/nestjs';
import type { Logger } from 'winston';
import { AppConfig } from './app-config.js';
import { APP_LOGGER, appLogger } from './app-logger.js';
import { OperationsModule } from './operations/operations-module.js';
import { OrdersModule } from './orders/orders-module.js';
import { INSPECTOR_PATH } from './page/page-controller.js';
import { PageModule } from './page/page-module.js';

/** Where people see the flow live, and why an order failed. */
function inspectorOf(token: string): ModuleInspectorOptions {
  return { path: INSPECTOR_PATH, token, title: 'Orders', actions: ['cancel', 'replay'] };
}

/** What everybody needs. */
@Global()
@Module({
  providers: [AppConfig, { provide: APP_LOGGER, useFactory: appLogger }],
  exports: [AppConfig, APP_LOGGER],
})
class CoreModule {}

@Module({
  imports: [
    CoreModule,
    PenguiFlowModule.forRootAsync({
      inject: [AppConfig, APP_LOGGER],
      useFactory: (config: AppConfig, logger: Logger) => ({
        logger,
        logging: { structured: true },
        middlewares: [FlowLogger],
        drainS: config.drainS,
        timeoutS: 30,
        timeoutHeader: 'x-timeout-s',
        ...(config.inspectorToken === undefined ? {} : { inspector: inspectorOf(config.inspectorToken) }),
      }),
    }),
    OrdersModule,
    OperationsModule,
    PageModule,
  ],
})
export class AppModule {}
