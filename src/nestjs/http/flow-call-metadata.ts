import type { FlowClass } from '../../index.js';
import type { CallFlowOptions, StreamFlowOptions } from './call-flow-options.js';

/** Under which a controller method has its {@link FlowCallMetadata}. */
export const FLOW_CALL = 'penguiflow:flow-call';

/** What `@CallFlow` and `@StreamFlow` leave on a method. */
export interface FlowCallMetadata {
  readonly flowClass: FlowClass;
  readonly options: CallFlowOptions & StreamFlowOptions;
  readonly isStream: boolean;
}
