// Builds the page of the inspector with Vite, from src/inspector/page, into dist-page/; nothing happens as long as its sources, this script and the
// tools are those of the last build. `scripts/bundle.mjs` copies what is there into lib/.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const sources = join(root, 'src/inspector/page');
const built = join(root, 'dist-page');
const hashFile = join(built, '.hash');

/** What is in the page or makes it; another release of one of them is another page. */
const PACKAGES = ['vite', 'preact', '@preact/signals', '@preact/signals-core', '@dagrejs/dagre', 'uplot'];

export const PAGE_FOLDER = built;

/** Builds the page if it is not there as its sources are. */
export async function buildInspectorPage() {
  const hash = hashOfSources();
  if (existsSync(hashFile) && readFileSync(hashFile, 'utf8') === hash) return;
  const { build } = await import('vite');
  rmSync(built, { recursive: true, force: true });
  await build({
    configFile: false,
    root: sources,
    // Relative, so that any mount, prefix or proxy works.
    base: './',
    publicDir: false,
    logLevel: 'warn',
    // Vite would look for a tsconfig.json; these are the two settings that change code.
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: built,
      emptyOutDir: true,
      // light-dark() and :has() are in these; older browsers get no page anyway.
      target: ['chrome123', 'firefox128', 'safari17.5'],
      cssTarget: ['chrome123', 'firefox128', 'safari17.5'],
      // Nothing inline: the policy of the page forbids it, and the polyfill is for browsers that have no light-dark().
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      cssCodeSplit: false,
      license: { fileName: 'licenses.md' },
    },
  });
  writeFileSync(hashFile, hash);
}

function hashOfSources() {
  const hash = createHash('sha256');
  const files = readdirSync(sources, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const others = [join(root, 'src/inspector/api.ts'), join(root, 'src/inspector/api-live.ts'), import.meta.filename];
  const packages = PACKAGES.map((name) => join(root, 'node_modules', name, 'package.json'));
  for (const file of [...files.sort(), ...others, ...packages]) {
    hash.update(relative(root, file).replaceAll('\\', '/')).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}
