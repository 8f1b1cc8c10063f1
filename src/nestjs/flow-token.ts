import type { FlowClass } from '../index.js';

const tokens = new WeakMap<FlowClass, symbol>();

/**
 * The token under which the handle of a flow is a provider; what `@InjectFlow(Orders)` asks for.
 *
 * @example
 * ```ts
 * Test.createTestingModule({ imports: [AppModule] }).overrideProvider(getFlowToken(Orders)).useValue(fakeOrders);
 * ```
 */
export function getFlowToken(flowClass: FlowClass): symbol {
  let token = tokens.get(flowClass);
  if (token === undefined) {
    token = Symbol(`PenguiFlow<${flowClass.name}>`);
    tokens.set(flowClass, token);
  }
  return token;
}
