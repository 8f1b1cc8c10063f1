import { Controller, Get, Header } from '@nestjs/common';
import { FlowMetrics } from 'penguiflow/metrics';

/** What Prometheus scrapes. It tells node names and volumes: keep it inside. */
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: FlowMetrics) {}

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  scrape(): Promise<string> {
    return this.metrics.text();
  }
}
