import { shutdownLogging } from '../index.js';

/** The applications of this process with a module of ours, in whichever copy of the package. */
interface LogOwners {
  /** From when they set logging up until they have shut down; one that is never closed must not stay in memory for that. */
  readonly apps: Set<WeakRef<object>>;
  /** One of them has set logging up. */
  hasSetUp: boolean;
}

const KEY = Symbol.for('penguiflow:nest-log-owners:2');

function owners(): LogOwners {
  const holder = globalThis as unknown as Record<symbol, LogOwners | undefined>;
  return (holder[KEY] ??= { apps: new Set(), hasSetUp: false });
}

/** An application comes up. @param setsUp - it sets logging up */
export function joinLogOwners(app: object, setsUp: boolean): void {
  const shared = owners();
  shared.apps.add(new WeakRef(app));
  shared.hasSetUp ||= setsUp;
}

/** An application has shut down: the last one closes the log, if one of them had set it up. */
export async function leaveLogOwners(app: object): Promise<void> {
  const shared = owners();
  for (const ref of shared.apps) {
    const other = ref.deref();
    if (other === app || other === undefined) shared.apps.delete(ref);
  }
  if (shared.apps.size > 0 || !shared.hasSetUp) return;
  shared.hasSetUp = false;
  await shutdownLogging();
}
