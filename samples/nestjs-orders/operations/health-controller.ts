import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { FlowHealthIndicator, type FlowHealthResult } from 'penguiflow/nestjs';

/** Whether the application takes work. */
@Controller('health')
export class HealthController {
  constructor(private readonly flows: FlowHealthIndicator) {}

  @Get()
  async check(): Promise<FlowHealthResult> {
    const result = await this.flows.isHealthy('flows');
    if (result['flows']?.status !== 'up') throw new ServiceUnavailableException(result);
    return result;
  }
}
