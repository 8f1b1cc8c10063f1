import type { Plugin } from 'esbuild';

/** So that what is bundled into a module, and was none, finds its packages. */
export const REQUIRE_IN_MODULES =
  "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";

/** esbuild knows paths only. */
export const PATHS_OF_URLS: Plugin = {
  name: 'file-urls',
  setup: ({ onResolve }) => onResolve({ filter: /^file:/ }, ({ path }) => ({ path: new URL(path).pathname })),
};
