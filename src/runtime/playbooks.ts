import { describeRef } from './routing/node-routes.js';
import { FlowError } from '../errors/flow-error.js';
import { invalidOption, rejectUnknownOptions } from '../errors/option-error.js';
import { Message } from '../message/message.js';
import type { EmitOptions } from './emit-options.js';
import type { FlowSnapshot } from './flow-snapshot.js';
import type { PlaybookRequest, PlaybookRunner } from './core/flow-core.js';

/** The handle of a playbook's flow, as far as its caller needs it. */
export interface PlaybookFlow {
  run(): Promise<void>;
  call(message: Message, options: EmitOptions): Promise<unknown>;
  stop(options: { readonly graceS: number }): Promise<{ readonly stuckNodes: readonly string[] }>;
  snapshot(): FlowSnapshot;
}

/**
 * The playbooks of one flow: flows that its nodes call. Each is made and started by its first call, kept warm for the
 * others, and stopped with the flow.
 */
export class Playbooks implements PlaybookRunner {
  readonly #open: (flowClass: Function) => PlaybookFlow;
  readonly #running = new Map<Function, Promise<PlaybookFlow>>();
  readonly #flows = new Set<PlaybookFlow>();

  /** @param open - makes a flow with the calling flow's container and middlewares */
  constructor(open: (flowClass: Function) => PlaybookFlow) {
    this.#open = open;
  }

  async call({ from, owner, signal, flowClass, payload, options = {} }: PlaybookRequest): Promise<unknown> {
    const where = `call() of node "${owner}"`;
    if (typeof flowClass !== 'function') throw invalidOption('flowClass', where, 'a class with @Flow', flowClass);
    rejectUnknownOptions(options, ['timeoutS'], where);
    const flow = await this.#start(flowClass);
    if (signal.aborted) throw signal.reason as FlowError;
    const message = Message.is(payload) ? payload : from.message.with({ payload });
    if (message.traceId !== from.envelope.trace.id) {
      throw new FlowError('TRACE_MISMATCH', {
        message: `${where} passed a Message of trace ${message.traceId} to ${describeRef(flowClass)}; its own is ${from.envelope.trace.id}`,
        traceId: from.envelope.trace.id,
      });
    }
    return flow.call(message, {
      signal,
      ...(options.timeoutS === undefined ? undefined : { timeoutS: options.timeoutS }),
    });
  }

  /** The playbooks that run. */
  get flows(): readonly PlaybookFlow[] {
    return [...this.#flows];
  }

  /**
   * Stops every playbook; the calls they worked for have been interrupted.
   *
   * @param graceS - how long interrupted code may take to return
   * @returns the nodes whose code still runs
   */
  async stop(graceS: number): Promise<readonly string[]> {
    const stops = [...this.#running.values()].map(async (flow) => (await flow).stop({ graceS }));
    const stopped = await Promise.allSettled(stops);
    this.#running.clear();
    this.#flows.clear();
    return stopped.flatMap((each) => (each.status === 'fulfilled' ? each.value.stuckNodes : []));
  }

  #start(flowClass: Function): Promise<PlaybookFlow> {
    let running = this.#running.get(flowClass);
    if (running === undefined) {
      running = this.#begin(flowClass);
      this.#running.set(flowClass, running);
      // One that did not start is tried again by the next call.
      running.catch(() => this.#running.delete(flowClass));
    }
    return running;
  }

  async #begin(flowClass: Function): Promise<PlaybookFlow> {
    const flow = this.#open(flowClass);
    await flow.run();
    this.#flows.add(flow);
    return flow;
  }
}
