import { createInspector, type Inspector } from 'penguiflow/inspector';
import type { FlowHistory } from 'penguiflow/store';

/** The inspector of the shop, and what leads there. */
export interface ShopInspector {
  readonly inspector: Inspector;
  /** With its token. */
  readonly url: string;
  /** The page of the run that a trace id names. */
  linkTo(traceId: string): Promise<string>;
}

/** Serves the inspector on a free port that only this machine reaches. */
export async function inspectIncident(history: FlowHistory): Promise<ShopInspector> {
  const inspector = createInspector({ flows: [], history, title: 'Fish shop', actions: ['cancel'] });
  const { url } = await inspector.listen();
  return {
    inspector,
    url,
    linkTo: async (traceId) => {
      await history.flush();
      const { runs } = await history.list({ traceId, limit: 1 });
      return runs[0] === undefined ? url : `${url}&to=/trace/${runs[0].runId}`;
    },
  };
}

/** Resolves when somebody has had enough, and keeps the process alive until then. */
export function untilInterrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const hold = setInterval(() => {}, 2 ** 30);
    const end = (): void => {
      clearInterval(hold);
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
  });
}
