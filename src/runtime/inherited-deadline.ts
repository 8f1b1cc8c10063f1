import type { EmitOptions } from './emit-options.js';
import type { Deadline } from './trace/deadline.js';

/** Where the options of a call have the deadline of the message that the calling node works on; only the runtime has the key. */
export const INHERITED: unique symbol = Symbol('inherited deadline');

/** The options with which a node calls a playbook. */
export interface InheritingOptions extends EmitOptions {
  readonly [INHERITED]?: Deadline | undefined;
}
