import { Inject, Injectable } from '@nestjs/common';
import { MODULE_OPTIONS_TOKEN } from '../configurable-module.js';
import { DRAIN_S, type PenguiFlowModuleOptions } from '../penguiflow-module-options.js';
import { TransportGate, type TransportServer } from './transport-gate.js';

/** The transports of an application whose messages are awaited at shutdown. */
@Injectable()
export class TransportGates {
  readonly #gates = new Map<TransportServer, TransportGate>();
  readonly #options: PenguiFlowModuleOptions;

  constructor(@Inject(MODULE_OPTIONS_TOKEN) options: PenguiFlowModuleOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#gates.size;
  }

  /** Watches a server from now on; the second time is the same. */
  watch(server: TransportServer): void {
    if (this.#gates.has(server)) return;
    this.#gates.set(server, new TransportGate(server, () => this.#options.drainS ?? DRAIN_S));
  }

  /** Ends the intake of all and waits for what was taken; how many messages are left after `limitS` seconds. */
  async close(limitS: number): Promise<number> {
    const left = await Promise.all([...this.#gates.values()].map((gate) => gate.close(limitS)));
    return left.reduce((sum, each) => sum + each, 0);
  }
}
