import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { FlowMetrics } from 'penguiflow/metrics';
import { InjectFlow, PenguiFlowModule, type FlowHandle } from 'penguiflow/nestjs';
import { Orders } from '../orders/orders.js';
import { HealthController } from './health-controller.js';
import { MetricsController } from './metrics-controller.js';

/** What those who run the application look at. */
@Module({
  // Also listed in the orders' module; it is the same flow.
  imports: [PenguiFlowModule.forFeature([Orders])],
  controllers: [HealthController, MetricsController],
  providers: [{ provide: FlowMetrics, useFactory: () => new FlowMetrics() }],
})
export class OperationsModule implements OnApplicationBootstrap {
  constructor(
    private readonly metrics: FlowMetrics,
    @InjectFlow(Orders) private readonly orders: FlowHandle<typeof Orders>,
  ) {}

  onApplicationBootstrap(): void {
    this.metrics.observe(this.orders);
  }
}
