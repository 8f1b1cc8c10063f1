import { Injectable } from '@nestjs/common';
import type { FlowHealth } from '../index.js';
import { FlowHost } from './flow-host.js';

/** The shape of `@nestjs/terminus`' results, which takes it as it is. */
export type FlowHealthResult = Record<
  string,
  { readonly status: 'up' | 'down'; readonly flows: Readonly<Record<string, FlowHealth>> }
>;

/**
 * Tells whether the flows of the application take work.
 *
 * @example
 * ```ts
 * @Get('health')
 * @HealthCheck()
 * check() {
 *   return this.health.check([() => this.flows.isHealthy('flows')]);
 * }
 * ```
 */
@Injectable()
export class FlowHealthIndicator {
  readonly #host: FlowHost;

  constructor(host: FlowHost) {
    this.#host = host;
  }

  /** Up when every flow runs, has room at its ingress, and is not stalled. */
  async isHealthy(key: string): Promise<FlowHealthResult> {
    const flows = await this.#host.flows();
    const healths = flows.map((flow) => [flow.name, flow.health()] as const);
    const status = healths.every(([, { ready }]) => ready) ? 'up' : 'down';
    return { [key]: { status, flows: Object.fromEntries(healths) } };
  }
}
