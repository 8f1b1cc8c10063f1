import type { FlowListener } from '../events/flow-listener.js';
import { FLOW_EVENT_TYPES, type FlowEventType } from '../events/flow-event-type.js';
import { invalidOption } from '../errors/option-error.js';
import { FlowError } from '../errors/flow-error.js';
import { checkParentheses } from './class-option.js';
import { isStandardContext, STANDARD_HINT } from './constructor-check.js';
import { METADATA_KEYS, readOwn, writeOwn } from './reflect-store.js';

/** One method that listens, as `@OnFlowEvent` recorded it. */
export interface FlowEventHandler {
  readonly method: string | symbol;
  /** undefined = all types. */
  readonly types: readonly FlowEventType[] | undefined;
}

/**
 * Makes a method of a `@Middleware()` class listen to events.
 *
 * @param types - the types it wants; none, or `'*'`, means all
 * @throws FlowError `INVALID_OPTION` for a type nobody knows, while the decorator runs
 * @example
 * ```ts
 * @OnFlowEvent('node_failed', 'node_timeout')
 * onTrouble(event: FlowEvent): void {
 *   this.pager.call(event.nodeName, event.errorPayload?.message);
 * }
 * ```
 */
export function OnFlowEvent(
  ...types: readonly (FlowEventType | '*')[]
): <T extends FlowListener>(target: object, method: string | symbol, descriptor: TypedPropertyDescriptor<T>) => void {
  const [given] = types as readonly unknown[];
  checkParentheses('@OnFlowEvent', typeof given === 'object' ? given?.constructor : given);
  return (target, method) => {
    const given: unknown = method;
    if (isStandardContext(given)) throw standardMethod(given);
    const owner = `@OnFlowEvent on ${target.constructor.name}.${String(method)}`;
    for (const type of types) {
      if (type !== '*' && !FLOW_EVENT_TYPES.includes(type)) {
        throw invalidOption('types', owner, `'*' or of ${FLOW_EVENT_TYPES.join(', ')}`, type);
      }
    }
    const handler: FlowEventHandler = Object.freeze({
      method,
      types:
        types.length === 0 || types.includes('*') ? undefined : (Object.freeze([...new Set(types)]) as FlowEventType[]),
    });
    writeOwn(METADATA_KEYS.handlers, target.constructor, [...handlersOf(target.constructor), handler]);
  };
}

function standardMethod({ name }: { readonly name?: unknown }): FlowError {
  return new FlowError('METADATA_MISSING', {
    message: `@OnFlowEvent on ${String(name)} was called as a standard decorator`,
    hint: STANDARD_HINT,
  });
}

/** The methods of this very class that listen, in declaration order. */
export function handlersOf(middlewareClass: object): readonly FlowEventHandler[] {
  return readOwn<readonly FlowEventHandler[]>(METADATA_KEYS.handlers, middlewareClass) ?? [];
}
