import type { FlowClass, FlowInput, FlowOutput } from './ports/flow-class.js';
import type { Provider } from './ports/provider.js';
import { SystemClock } from './ports/system-clock.js';
import { CLOCK, CORRELATION, FLOW_LOG } from './ports/tokens.js';
import { assembleFlow } from './runtime/assemble-flow.js';
import type { CreateFlowOptions } from './runtime/create-flow-options.js';
import { PenguiFlow } from './runtime/penguiflow.js';

const DEFAULTS: readonly Provider[] = [
  { token: CLOCK, useValue: new SystemClock() },
  { token: CORRELATION, useValue: () => undefined },
  {
    token: FLOW_LOG,
    useValue: { silent: true, isLevelEnabled: () => false, write() {}, flush: () => Promise.resolve() },
  },
];

export function createFlow<C extends FlowClass>(
  flowClass: C,
  options: CreateFlowOptions = {},
): PenguiFlow<FlowInput<C>, FlowOutput<C>> {
  return new PenguiFlow<FlowInput<C>, FlowOutput<C>>(assembleFlow(flowClass, options, DEFAULTS));
}
