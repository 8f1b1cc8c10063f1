import type { FlowClass, ServiceToken } from '../index.js';
import type { FlowHandle } from './flow-handle.js';

const tokens = new WeakMap<FlowClass, symbol>();

/**
 * The token under which the handle of a flow is a provider; what `@InjectFlow(Orders)` asks for.
 *
 * @example
 * ```ts
 * Test.createTestingModule({ imports: [AppModule] }).overrideProvider(getFlowToken(Orders)).useValue(fakeOrders);
 * ```
 */
export function getFlowToken<C extends FlowClass>(flowClass: C): ServiceToken<FlowHandle<C>> {
  let token = tokens.get(flowClass);
  if (token === undefined) {
    token = Symbol(`PenguiFlow<${flowClass.name}>`);
    tokens.set(flowClass, token);
  }
  return token as unknown as ServiceToken<FlowHandle<C>>;
}
