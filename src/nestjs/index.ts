import 'reflect-metadata';

// The module
export type { FlowHandle } from './flow-handle.js';
export { getFlowToken } from './flow-token.js';
export { InjectFlow } from './inject-flow.js';
export type { FeatureOptions, PenguiFlowModuleOptions } from './penguiflow-module-options.js';
export type { ModuleInspectorOptions } from './http/module-inspector.js';
export { PenguiFlowModule } from './penguiflow-module.js';
export { provideFlowMock, type FlowMock } from './provide-flow-mock.js';

// Logging and health
export { FlowHealthIndicator, type FlowHealthResult } from './flow-health-indicator.js';
export { PenguiFlowLogger } from './penguiflow-logger.js';

// Requests and messages
export { CallFlow, StreamFlow } from './http/call-flow.js';
export type { CallFlowOptions, StreamFlowOptions } from './http/call-flow-options.js';
export { drainMicroservices } from './inputs/drain-microservices.js';
export { FlowErrorFilter } from './http/flow-error-filter.js';
export {
  toHttpException,
  type FlowErrorBody,
  type FlowErrorStatuses,
  type HttpErrorOptions,
} from './http/flow-error-http.js';
export type { FlowErrorMessage } from './http/message-failure.js';
export { FlowRequest } from './http/flow-request.js';
export type { FlowRequestOptions } from './http/request-options.js';
