import type { FlowError } from '../../errors/flow-error.js';

/** One item of `flow.results()`. */
export type FlowResult<Out> =
  | { readonly traceId: string; readonly value: Out; readonly error?: undefined }
  | { readonly traceId: string; readonly error: FlowError; readonly value?: undefined };
