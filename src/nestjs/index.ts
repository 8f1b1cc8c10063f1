import 'reflect-metadata';

export { FlowHealthIndicator, type FlowHealthResult } from './flow-health-indicator.js';
export type { FlowHandle } from './flow-handle.js';
export { getFlowToken } from './flow-token.js';
export { InjectFlow } from './inject-flow.js';
export { PenguiFlowLogger } from './penguiflow-logger.js';
export type { PenguiFlowModuleOptions } from './penguiflow-module-options.js';
export { PenguiFlowModule } from './penguiflow-module.js';
