import type { Token } from './token.js';

/**
 * Where the assembly gets instances from. tsyringe by default; NestJS's `ModuleRef` in `penguiflow/nestjs`, so that one
 * class is never built by two containers.
 */
export interface NodeResolver {
  /** The one instance of this token for the flow. */
  resolve<T>(token: Token<T>): T;
  /** Tells whether somebody bound the token; without it, the runtime uses its own clock and log. */
  has?(token: Token): boolean;
  /** Releases what `resolve` built; nothing that somebody else owns. */
  dispose(): Promise<void>;
}
