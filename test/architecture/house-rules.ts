import { posix } from 'node:path';

import { folderOf, PACKAGES, ROOT, roomOf, SUBPATHS, whyForbidden } from './layers.js';
import { parseSource, type SourceFile } from './source-file.js';

/** Longest file the house allows. */
const MAX_LINES = 300;

/** Files that are longer because they are one thing, and by how much. */
const LONGER: Readonly<Record<string, number>> = {
  // A state machine, its table of states, and every transition.
  'src/runtime/attempt/attempt-slot.ts': 400,
};

/** What single files may do that no other may: the program of the command line ends its process, and `graph` loads what its user names. */
const ALLOWED: Readonly<Record<string, string>> = {
  'src/cli/main.ts': 'process.exit',
  'src/cli/graph/load-flows.ts': 'a dynamic import that is not a plain string',
};

/** The parsed files of a source tree, by path. */
type SourceTree = ReadonlyMap<string, SourceFile>;

/** Parses a tree that is given as texts by path (`src/errors/flow-error.ts`). */
export function parseTree(texts: Readonly<Record<string, string>>): SourceTree {
  return new Map(Object.entries(texts).map(([path, text]) => [path, parseSource(path, text)]));
}

/** Every import against the direction of the table of rooms. */
export function importsAgainstDirection(tree: SourceTree): string[] {
  return [...tree.values()].flatMap((file) =>
    file.imports.flatMap(({ specifier, kind, typeOnly }) => {
      const target = resolve(file.path, specifier);
      if (target === undefined) return [];
      const why = target.startsWith('src/')
        ? whyForbidden({ from: file.path, to: target, typeOnly })
        : 'it is outside src';
      return why === undefined ? [] : [`${file.path} imports ${specifier} (${kind}): ${why}`];
    }),
  );
}

/** Every import of a package that the folder has no business with. */
export function importsOfForeignPackages(tree: SourceTree): string[] {
  return [...tree.values()].flatMap((file) => {
    const folder = folderOf(roomOf(file.path));
    if (SUBPATHS.includes(folder)) return [];
    return file.imports
      .filter(({ specifier }) => resolve(file.path, specifier) === undefined && !specifier.startsWith('node:'))
      .filter(({ specifier }) => !(PACKAGES[folder] ?? []).includes(packageName(specifier)))
      .map(
        ({ specifier }) => `${file.path} imports ${specifier}: not a package of ${folder === ROOT ? 'src' : folder}/`,
      );
  });
}

/** Every cycle between files that is there when the code runs, each named once by its files in order. */
export function importCycles(tree: SourceTree): string[] {
  return cyclesOf(graphOf(tree, (path) => path, false));
}

/** Every cycle between rooms, each named once by its rooms in order; type imports count. */
export function roomCycles(tree: SourceTree): string[] {
  return cyclesOf(graphOf(tree, roomOf, true));
}

/** Who imports whom, by whatever `nameOf` makes of a path; nobody imports itself. */
function graphOf(
  tree: SourceTree,
  nameOf: (path: string) => string,
  withTypes: boolean,
): ReadonlyMap<string, ReadonlySet<string>> {
  const graph = new Map<string, Set<string>>();
  for (const { path, imports } of tree.values()) {
    const targets = graph.get(nameOf(path)) ?? new Set();
    graph.set(nameOf(path), targets);
    for (const { specifier, typeOnly } of imports) {
      const target = resolve(path, specifier);
      if (target === undefined || !tree.has(target) || (typeOnly && !withTypes)) continue;
      if (nameOf(target) !== nameOf(path)) targets.add(nameOf(target));
    }
  }
  return graph;
}

function cyclesOf(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const cycles = new Map<string, string>();
  const done = new Set<string>();

  function visit(name: string, trail: readonly string[]): void {
    const start = trail.indexOf(name);
    if (start !== -1) {
      const cycle = trail.slice(start);
      cycles.set(cycle.toSorted().join(), [...cycle, name].join(' -> '));
      return;
    }
    if (done.has(name)) return;
    for (const target of graph.get(name) ?? []) visit(target, [...trail, name]);
    done.add(name);
  }

  for (const name of graph.keys()) visit(name, []);
  return [...cycles.values()];
}

/** Every re-export outside the entry points (the files the package's exports map names). */
export function barrels(tree: SourceTree, entryPoints: readonly string[]): string[] {
  return [...tree.values()]
    .filter(({ path }) => !entryPoints.includes(path))
    .flatMap(({ path, imports }) =>
      imports.filter(({ kind }) => kind === 're-export').map(({ specifier }) => `${path} re-exports ${specifier}`),
    );
}

/** Every house rule that a file breaks by itself: name, length, default export, forbidden calls. */
export function brokenHouseRules(tree: SourceTree): string[] {
  return [...tree.values()].flatMap((file) => {
    const name = posix.basename(file.path);
    return [
      ...(file.path.split('/').every((part) => /^[a-z0-9]+(-[a-z0-9]+)*(\.ts)?$/.test(part))
        ? []
        : ['is not kebab-case']),
      ...(/^(utils?|helpers?|common|misc)\.ts$/.test(name) ? ['has a name that says nothing'] : []),
      ...(file.lineCount > longestOf(file.path)
        ? [`has ${file.lineCount} lines, more than ${longestOf(file.path)}`]
        : []),
      ...(file.hasDefaultExport ? ['has a default export'] : []),
      ...file.forbidden
        .filter(({ what }) => ALLOWED[file.path] !== what)
        .map(({ line, what }) => `line ${line}: ${what}`),
    ].map((what) => `${file.path} ${what}`);
  });
}

function longestOf(path: string): number {
  return LONGER[path] ?? MAX_LINES;
}

/** The files that call `Reflect.…Metadata`; the house wants exactly one, in `metadata/`. */
export function metadataAccessors(tree: SourceTree): string[] {
  return [...tree.values()].filter(({ metadataLines }) => metadataLines.length > 0).map(({ path }) => path);
}

/** The file an import leads to, or undefined for a package or a module of Node. */
function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
  if (specifier.startsWith('#src/')) return specifier.replace('#', '').replace(/\.js$/, '.ts');
  if (specifier === 'penguiflow') return 'src/index.ts';
  if (specifier.startsWith('penguiflow/')) return `src/${specifier.slice('penguiflow/'.length)}/index.ts`;
  return undefined;
}

/** `@nestjs/core` for `@nestjs/core/injector`. */
function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
