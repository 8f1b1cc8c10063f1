import type { FlowClass } from '../../index.js';
import type { StreamFlowOptions } from './call-flow-options.js';

/** Under which a controller method has its {@link FlowCallMetadata}. */
export const FLOW_CALL = 'penguiflow:flow-call';

/** What `@CallFlow` and `@StreamFlow` leave on a method. */
export interface FlowCallMetadata {
  readonly flowClass: FlowClass;
  readonly options: StreamFlowOptions;
}
