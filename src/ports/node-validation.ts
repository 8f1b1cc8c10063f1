import type { Class } from './flow-node.js';

/** Which sides of a node are validated. */
export type ValidateMode = 'both' | 'in' | 'out' | 'none';

/** What the payloads of a node are checked against. Frozen. */
export interface NodeValidation {
  /** Class of the payload that arrives; undefined = not checked. */
  readonly input: Class | undefined;
  /** Class of the payloads that leave; undefined = not checked. */
  readonly output: Class | undefined;
  /** @defaultValue 'both' */
  readonly validate: ValidateMode;
}
