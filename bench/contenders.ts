import type { Contender } from './contender.js';

/** A contender, and how many times fewer items it gets because it is that much slower. */
interface Loaded {
  readonly contender: Contender;
  readonly fewer: number;
}

/** Those that need nothing installed. */
const BUILT_IN: Readonly<Record<string, () => Promise<Contender>>> = {
  penguiflow: async () => (await import('./contenders/penguiflow.js')).penguiflow,
  'penguiflow (fetched)': async () => (await import('./contenders/penguiflow.js')).penguiflowFetched,
  'penguiflow (one listener)': async () => (await import('./contenders/penguiflow.js')).penguiflowListening,
  'bare loop': async () => (await import('./contenders/bare-loop.js')).bareLoop,
  'minimal pipeline': async () => (await import('./contenders/minimal-pipeline.js')).minimalPipeline,
  'node:stream': async () => (await import('./contenders/node-stream.js')).nodeStream,
  'web streams': async () => (await import('./contenders/web-streams.js')).webStreams,
};

/** Those of bench/peers, by file. */
const PEERS: Readonly<Record<string, string>> = {
  '@thi.ng/csp': 'thi-ng-csp',
  fastq: 'fastq',
  async: 'async',
  'p-queue': 'p-queue',
  rxjs: 'rxjs',
  effect: 'effect',
  pocketflow: 'pocketflow',
  moleculer: 'moleculer',
  noflo: 'noflo',
  langgraph: 'langgraph',
};

export const CONTENDERS: readonly string[] = [...Object.keys(BUILT_IN), ...Object.keys(PEERS)];

/** Loads one; nothing of the others gets into its process. */
export async function loadContender(name: string): Promise<Loaded> {
  const builtIn = BUILT_IN[name];
  if (builtIn !== undefined) return { contender: await builtIn(), fewer: 1 };
  const url = new URL(`../../bench/peers/${PEERS[name]}.mjs`, import.meta.url).href;
  const { contender } = (await import(url)) as { contender: Contender & { readonly fewer?: number } };
  return { contender, fewer: contender.fewer ?? 1 };
}
