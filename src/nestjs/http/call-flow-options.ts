import type { FlowErrorStatuses } from './flow-error-http.js';
import type { FlowRequestOptions } from './request-options.js';

/** Options of `@CallFlow` and `@StreamFlow`. */
export interface CallFlowOptions extends FlowRequestOptions {
  /** HTTP statuses by error code, where the built-in ones do not fit. */
  readonly statuses?: FlowErrorStatuses;
}
