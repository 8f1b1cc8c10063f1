import { isNodeClass, nodeMetadataOf } from '../metadata/node.js';
import type { Message } from '../message/message.js';
import type { NodeClass } from '../ports/flow-node.js';
import type { NodeContext, NodeRef } from '../ports/node-context.js';
import { askPolicy, type RoutingDecision, type RoutingPolicy } from './routing-policy.js';

/** Whether the messages of one delivery have left, by target. */
interface SentSoFar {
  readonly delivery: number;
  readonly targets: Map<unknown, Promise<boolean>>;
}

/**
 * Sends messages, unchanged, to the successors that were decided on. Remembers per delivery where a message has gone, so
 * that a retry (the first attempt timed out waiting for room) sends it nowhere twice.
 */
export class MessageRoutes<I> {
  readonly #policy: RoutingPolicy<I> | undefined;
  readonly #sent = new WeakMap<Message, SentSoFar[]>();

  constructor(policy: RoutingPolicy<I> | undefined) {
    this.#policy = policy;
  }

  /** @throws FlowError `UNKNOWN_TARGET` when a target is not a successor of the router */
  async send(payload: I, decision: RoutingDecision, context: NodeContext): Promise<void> {
    const proposed = targetsOf(decision);
    if (proposed.length === 0) return;
    const targets = this.#policy === undefined ? proposed : await this.#overruled(payload, proposed, context);
    const sent = this.#sentSoFar(context);
    for (const target of targets) {
      if ((await sent.targets.get(keyOf(target))) === true) continue;
      const emitted = context.emit(payload, { to: target });
      sent.targets.set(
        keyOf(target),
        emitted.then(
          () => true,
          () => false,
        ),
      );
      await emitted;
    }
  }

  async #overruled(payload: I, proposed: readonly NodeRef[], context: NodeContext): Promise<readonly NodeRef[]> {
    return targetsOf(
      await askPolicy(this.#policy as RoutingPolicy<I>, {
        payload,
        message: context.message,
        traceId: context.traceId,
        tenant: context.tenant,
        nodeName: context.nodeName,
        proposed,
        proposedNames: proposed.map(nameOf),
        context,
      }),
    );
  }

  #sentSoFar(context: NodeContext): SentSoFar {
    // One message object may be delivered more than once: two branches that return what they got pass it on as it is.
    const deliveries = this.#sent.get(context.message) ?? [];
    let sent = deliveries.find(({ delivery }) => delivery === context.delivery);
    if (sent === undefined) {
      sent = { delivery: context.delivery, targets: new Map() };
      this.#sent.set(context.message, [...deliveries, sent]);
    }
    return sent;
  }
}

/** A decision as a list without repeats: a node may be named by its class and by its name. */
function targetsOf(decision: RoutingDecision): readonly NodeRef[] {
  if (decision === null || decision === undefined) return [];
  if (!Array.isArray(decision)) return [decision as NodeRef];
  const byKey = new Map<unknown, NodeRef>();
  for (const ref of decision as readonly NodeRef[]) if (!byKey.has(keyOf(ref))) byKey.set(keyOf(ref), ref);
  return [...byKey.values()];
}

/** One and the same for every way to name a node. */
function keyOf(ref: NodeRef): unknown {
  return isNodeClass(ref) ? nameOf(ref) : ref;
}

function nameOf(ref: NodeRef): string {
  return typeof ref === 'string' ? ref : nodeMetadataOf(ref as NodeClass).name;
}
