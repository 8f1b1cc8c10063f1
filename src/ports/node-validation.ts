import type { PayloadShape } from './payload-shape.js';

/** Which sides of a node are validated. */
export type ValidateMode = 'both' | 'in' | 'out' | 'none';

/** What the payloads of a node are checked against. Frozen. */
export interface NodeValidation {
  /** Shape of the payload that arrives; undefined = not checked. */
  readonly input: PayloadShape | undefined;
  /** Shape of the payloads that leave; undefined = not checked. */
  readonly output: PayloadShape | undefined;
  /** @defaultValue 'both' */
  readonly validate: ValidateMode;
  /** Properties without a rule are left out of what a plain object becomes. @defaultValue false */
  readonly whitelist: boolean;
  /** Properties without a rule are violations. @defaultValue false */
  readonly forbidNonWhitelisted: boolean;
  /** Groups of the rules that hold, of class-validator and class-transformer; undefined = no groups are asked for. */
  readonly groups: readonly string[] | undefined;
}
