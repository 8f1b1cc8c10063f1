import type { ValueProvider } from '@nestjs/common';
import { FlowError, type FlowClass } from '../index.js';
import { FLOW_MEMBERS, nameOf, type FlowHandle } from './flow-handle.js';
import { getFlowToken } from './flow-token.js';
import { rejectUnknownOptions } from './option-check.js';

/** What a test puts in the place of a flow: as many of its members as are needed. */
export type FlowMock<C extends FlowClass> = Partial<FlowHandle<C>>;

/**
 * Provides something else in the place of a flow, for tests of what calls it: controllers with `@InjectFlow`, `@CallFlow` or
 * `@StreamFlow`. No flow is made, and neither `forRoot` nor `forFeature` is needed. A method that was not given rejects the test's call by name.
 * In a whole application, give its `useValue` to `overrideProvider(getFlowToken(Orders))`.
 *
 * @throws FlowError `INVALID_OPTION` for what a flow does not have
 * @example
 * ```ts
 * const module = await Test.createTestingModule({
 *   controllers: [OrdersController],
 *   providers: [provideFlowMock(Orders, { call: () => Promise.resolve(receipt) })],
 * }).compile();
 * ```
 */
export function provideFlowMock<C extends FlowClass>(
  flowClass: C,
  mock: FlowMock<C> = {},
): ValueProvider<FlowHandle<C>> {
  const owner = `provideFlowMock(${flowClass.name})`;
  rejectUnknownOptions(mock, Object.keys(FLOW_MEMBERS), owner);
  const flow: Record<string | symbol, unknown> = { name: flowClass.name, state: 'running' };
  for (const member of Reflect.ownKeys(FLOW_MEMBERS) as (keyof FlowHandle<C>)[]) {
    if (Object.hasOwn(mock, member)) flow[member] = mock[member];
    else if (FLOW_MEMBERS[member] === 'method') flow[member] = () => throwNotMocked(nameOf(member), flowClass);
  }
  return { provide: getFlowToken(flowClass) as unknown as symbol, useValue: flow as unknown as FlowHandle<C> };
}

function throwNotMocked(member: string, flowClass: FlowClass): never {
  throw new FlowError('NOT_RUNNING', {
    message: `\`${member}\` of the mock of flow ${flowClass.name} was called, and the test gave none`,
    hint: `Give it: \`provideFlowMock(${flowClass.name}, { ${member}: … })\`.`,
  });
}
