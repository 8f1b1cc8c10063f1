import { Global, Module } from '@nestjs/common';
import { FlowLogger } from 'penguiflow';
import { PenguiFlowModule } from 'penguiflow/nestjs';
import type { Logger } from 'winston';
import { AppConfig } from './app-config.js';
import { APP_LOGGER, appLogger } from './app-logger.js';
import { OperationsModule } from './operations/operations-module.js';
import { OrdersModule } from './orders/orders-module.js';
import { PageModule } from './page/page-module.js';

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
      }),
    }),
    OrdersModule,
    OperationsModule,
    PageModule,
  ],
})
export class AppModule {}
