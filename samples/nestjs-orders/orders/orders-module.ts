import { Module } from '@nestjs/common';
import { PenguiFlowModule } from 'penguiflow/nestjs';
import { PaymentsModule } from '../payments/payments-module.js';
import { StorageModule } from '../storage/storage-module.js';
import { Catalog } from './catalog.js';
import { Charge } from './charge.js';
import { OrdersController } from './orders-controller.js';
import { Orders } from './orders.js';
import { Price } from './price.js';
import { Refund } from './refund.js';
import { Ship } from './ship.js';

@Module({
  imports: [PaymentsModule, StorageModule, PenguiFlowModule.forFeature([Orders])],
  controllers: [OrdersController],
  providers: [Orders, Price, Charge, Ship, Refund, Catalog],
})
export class OrdersModule {}
