import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Tool } from '../../support/needs-tool.js';

/** What Mermaid understood of a flowchart. */
export interface ParsedFlowchart {
  /** Texts of the boxes, with entities resolved. */
  readonly vertices: readonly string[];
  readonly edges: readonly { readonly start: string; readonly end: string; readonly text: string }[];
}

interface Mermaid {
  parse(text: string): Promise<unknown>;
  readonly mermaidAPI: {
    getDiagramFromText(text: string): Promise<{
      readonly db: {
        getVertices(): ReadonlyMap<string, { readonly text: string }>;
        getEdges(): ParsedFlowchart['edges'];
      };
    }>;
  };
}

/**
 * The package, here or in the folder `MERMAID_FOLDER`. It is no dependency: with its own it weighs as much as all our
 * tools together, and one of them has a licence to think about.
 */
export const MERMAID: Tool = {
  name: 'the package mermaid',
  install: 'npm install --no-save mermaid@12',
  isThere: () => mermaidPaths() !== undefined,
};

/** Reads a flowchart with Mermaid's own parser. */
export async function parseMermaid(text: string): Promise<ParsedFlowchart> {
  const paths = mermaidPaths()!;
  // Mermaid cleans texts with a library that needs a browser; without one, texts stay as they are.
  const purify = (await importModule(paths.purify.replace('purify.cjs.js', 'purify.es.mjs'))) as Record<
    string,
    unknown
  >;
  purify['addHook'] ??= () => {};
  purify['sanitize'] = (dirty: string) => dirty;
  const mermaid = (await importModule(paths.mermaid)) as unknown as Mermaid;
  await mermaid.parse(text);
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  const vertices = [...db.getVertices().values()].map((vertex) => resolved(vertex.text));
  return { vertices, edges: db.getEdges() };
}

function mermaidPaths(): { readonly mermaid: string; readonly purify: string } | undefined {
  const folder = process.env['MERMAID_FOLDER'];
  const require = createRequire(folder === undefined ? import.meta.url : join(folder, 'package.json'));
  try {
    const mermaid = require.resolve('mermaid');
    return { mermaid, purify: createRequire(mermaid).resolve('dompurify') };
  } catch {
    return undefined;
  }
}

async function importModule(path: string): Promise<object> {
  return ((await import(pathToFileURL(path).href)) as { readonly default: object }).default;
}

/** Undoes how Mermaid protects entities while it parses. */
function resolved(text: string): string {
  return text.replaceAll(/ﬂ°°(\d+)¶ß/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
