import type { EmitOptions } from './emit-options.js';
import type { Deadline } from './trace/deadline.js';

/** What a playbook's run has of the one whose node calls it. */
interface CallingRun {
  /** Of the message that the node works on. */
  readonly deadline: Deadline | undefined;
  /** The number of the run. */
  readonly run: number;
  /** What the call is known by, where the messages of the run have keys. */
  readonly key: (() => string) | undefined;
}

/** Where the options of a call have what they inherit; only the runtime has the key. */
export const INHERITED: unique symbol = Symbol('inherited from the calling run');

/** The options with which a node calls a playbook. */
export interface InheritingOptions extends EmitOptions {
  readonly [INHERITED]?: CallingRun;
}
