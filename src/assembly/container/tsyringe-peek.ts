import type { DependencyContainer, Lifecycle } from 'tsyringe';
import type { Token } from '../../ports/token.js';
import packages from '../../packages/packages.cjs';

/** A registration, as far as the assembly looks into it. */
export interface Registration {
  readonly provider: { readonly useClass?: Function; readonly useToken?: Token };
  readonly singleton: boolean;
}

/** What tsyringe has but does not publish; every use must do without it. */
interface UnpublishedContainer {
  getRegistration?(token: unknown): { provider: unknown; options: { lifecycle: Lifecycle } } | null | undefined;
}

/**
 * Looks a registration up, the container's parents included. tsyringe publishes only whether there is one; without knowing a
 * singleton from a transient service, the flow would have to dispose either everybody's or nobody's.
 */
export function peekRegistration(container: DependencyContainer, token: Token): Registration | undefined {
  if (!container.isRegistered(token as never, true)) return undefined;
  const found = (container as UnpublishedContainer).getRegistration?.(token);
  // Unknown counts as a singleton: better not disposed than disposed while others use it.
  if (found === undefined || found === null) return { provider: {}, singleton: true };
  const provider = typeof found.provider === 'function' ? { useClass: found.provider } : (found.provider as object);
  return { provider, singleton: found.options.lifecycle === packages.tsyringe.Lifecycle.Singleton };
}
