import { shutdownLogging } from '../index.js';

/** The applications of this process that run with a module of ours, in whichever copy of the package. */
interface LogOwners {
  readonly running: Set<object>;
  /** One of them has set logging up. */
  hasSetUp: boolean;
}

const KEY = Symbol.for('penguiflow:nest-log-owners:1');

function owners(): LogOwners {
  const holder = globalThis as unknown as Record<symbol, LogOwners | undefined>;
  return (holder[KEY] ??= { running: new Set(), hasSetUp: false });
}

/** An application runs. @param hasSetUp - it has set logging up */
export function joinLogOwners(app: object, hasSetUp: boolean): void {
  const shared = owners();
  shared.running.add(app);
  shared.hasSetUp ||= hasSetUp;
}

/** An application has shut down: the last one closes the log, if one of them had set it up. */
export async function leaveLogOwners(app: object): Promise<void> {
  const shared = owners();
  shared.running.delete(app);
  if (shared.running.size > 0 || !shared.hasSetUp) return;
  shared.hasSetUp = false;
  await shutdownLogging();
}
