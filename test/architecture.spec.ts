import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';

import {
  barrels,
  brokenHouseRules,
  importCycles,
  importsAgainstDirection,
  importsOfForeignPackages,
  metadataAccessors,
  parseTree,
  roomCycles,
} from './architecture/house-rules.js';
import { modulesLoadedBy } from './architecture/loaded-modules.js';

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

describe('architecture', () => {
  let tree: ReturnType<typeof parseTree>;
  let manifest: Manifest;

  before(async () => {
    manifest = JSON.parse(await readFile('package.json', 'utf8')) as Manifest;
    const names = (await readdir('src', { recursive: true })).filter((name) => name.endsWith('.ts'));
    const paths = names.map((name) => `src/${name.split(sep).join('/')}`);
    const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
    tree = parseTree(Object.fromEntries(texts.map((text, index) => [String(paths[index]), text])));
  });

  it('the project holds files and folders only: a link leads to what others do not have', async () => {
    const entries = await readdir('.', { withFileTypes: true });
    const links = entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name);
    expect(links.filter((name) => name !== 'node_modules')).to.deep.equal([]);
  });

  describe('of src', () => {
    it('imports run down the table of rooms only', () => {
      expect(tree.size).to.be.greaterThan(20);
      expect(importsAgainstDirection(tree)).to.deep.equal([]);
    });

    it('each folder uses only the packages it is there to wrap', () => {
      expect(importsOfForeignPackages(tree)).to.deep.equal([]);
    });

    it('no files form a cycle when the code runs; inside a room they may name each other as types', () => {
      expect(importCycles(tree)).to.deep.equal([]);
    });

    it('no rooms form a cycle, type imports counted', () => {
      expect(roomCycles(tree)).to.deep.equal([]);
    });

    it('only the entry points of the package re-export', () => {
      expect(barrels(tree, entryPoints(manifest))).to.deep.equal([]);
    });

    it('files are named, sized and written by the house rules', () => {
      expect(brokenHouseRules(tree)).to.deep.equal([]);
    });

    it('at most one module, in metadata/, touches decorator metadata, and one in nestjs/ that of NestJS', () => {
      const isOfNest = (path: string): boolean => path === 'src/nestjs/nest-metadata.ts';
      const accessors = metadataAccessors(tree).filter((path) => !isOfNest(path));
      expect(accessors.length, accessors.join()).to.be.at.most(1);
      expect(accessors.every((path) => path.startsWith('src/metadata/'))).to.equal(true);
    });
  });

  describe('of the package', () => {
    it('D1 loading penguiflow loads no subpath export and no optional package', async () => {
      const entry = pathToFileURL(resolve('dist/src/index.js')).href;
      expect(await strayImports(entry, manifest)).to.deep.equal([]);
    });

    it('a stray import at load time is found', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'penguiflow-architecture-'));
      try {
        await writeFiles(folder, {
          'index.mjs': "import './nats/client.mjs'; import 'prom-client'; import 'node:fs';",
          'nats/client.mjs': 'export {};',
          'node_modules/prom-client/index.js': "require('node:os');",
        });
        expect(await strayImports(pathToFileURL(join(folder, 'index.mjs')).href, manifest)).to.deep.equal([
          'index.mjs imports ./nats/client.mjs',
          'index.mjs imports prom-client',
        ]);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });

  describe('checks, on trees that break them', () => {
    const forbidden: ReadonlyArray<readonly [why: string, from: string, code: string]> = [
      ['a lower row imports a higher one', 'src/queue/a.ts', "import { b } from '../runtime/b.js';"],
      ['only a type is imported', 'src/queue/a.ts', "import type { B } from '../runtime/b.js';"],
      ['the type is imported in place', 'src/queue/a.ts', "export type A = import('../runtime/b.js').B;"],
      ['the import is dynamic', 'src/queue/a.ts', "export const a = () => import('../runtime/b.js');"],
      ['the import is a re-export', 'src/queue/a.ts', "export { b } from '../runtime/b.js';"],
      ['the import goes through #src', 'src/queue/a.ts', "import { b } from '#src/runtime/b.js';"],
      ['the import goes through the package name', 'src/queue/a.ts', "import { b } from 'penguiflow';"],
      ['the rooms are in one row', 'src/policy/a.ts', "import { b } from '../metadata/b.js';"],
      ['the row is ordered and the target is to the right', 'src/errors/a.ts', "import { b } from '../message/b.js';"],
      ['the room of the row is to the right', 'src/runtime/core/a.ts', "import { b } from '../attempt/b.js';"],
      ['a sub-room imports the room around it', 'src/runtime/node/a.ts', "import type { B } from '../b.js';"],
      ['a type is to the right', 'src/runtime/trace/a.ts', "import type { B } from '../egress/b.js';"],
      ['a sub-room is in no row', 'src/runtime/stuff/a.ts', "import { b } from '../trace/b.js';"],
      ['patterns/ imports the runtime', 'src/patterns/a.ts', "import { b } from '../runtime/b.js';"],
      ['a sub-room of patterns/ imports another', 'src/patterns/joins/a.ts', "import { b } from '../streaming/b.js';"],
      ['logging/ imports row 3', 'src/logging/a.ts', "import { b } from '../policy/b.js';"],
      ['a sub-room of logging/ imports row 3', 'src/logging/sinks/a.ts', "import { b } from '../../queue/b.js';"],
      ['the scope of a line imports lines', 'src/logging/scope/a.ts', "import { b } from '../lines/b.js';"],
      ['scheduling/ imports more than ports', 'src/scheduling/a.ts', "import { b } from '../errors/b.js';"],
      ['the runtime uses validation', 'src/runtime/attempt/a.ts', "import { b } from '../../validation/b.js';"],
      ['the assembly uses the engine', 'src/assembly/a.ts', "import { b } from '../runtime/flow-engine.js';"],
      ['a folder imports the barrel', 'src/runtime/a.ts', "import { b } from '../index.js';"],
      ['a subpath export imports an internal', 'src/metrics/a.ts', "import { b } from '../events/b.js';"],
      ['a subpath export imports another', 'src/nestjs/a.ts', "import { b } from '../metrics/index.js';"],
      ['the barrel imports a subpath export', 'src/index.ts', "export { b } from './nestjs/index.js';"],
      ['the room is in no row', 'src/stuff/a.ts', "import { b } from '../errors/b.js';"],
      ['the target is outside src', 'src/queue/a.ts', "import { b } from '../../test/b.js';"],
    ];
    for (const [why, from, code] of forbidden) {
      it(`an import is refused when ${why}`, () => {
        expect(importsAgainstDirection(parseTree({ [from]: code }))).to.have.lengthOf(1);
      });
    }

    const allowed: ReadonlyArray<readonly [from: string, specifier: string]> = [
      ['src/runtime/a.ts', '../errors/b.js'],
      ['src/message/a.ts', '../errors/b.js'],
      ['src/ports/a.ts', '../events/b.js'],
      ['src/queue/a.ts', './b.js'],
      ['src/patterns/a.ts', '../graph/b.js'],
      ['src/logging/a.ts', '../ports/b.js'],
      ['src/create-flow.ts', './logging/b.js'],
      ['src/index.ts', './create-flow.js'],
      ['src/runtime/attempt/a.ts', '../core/b.js'],
      ['src/runtime/a.ts', './control/b.js'],
      ['src/assembly/a.ts', '../runtime/flow-parts.js'],
      ['src/assembly/a.ts', './container/b.js'],
      ['src/logging/winston/a.ts', '../scope/b.js'],
      ['src/patterns/joins/a.ts', '../../trace-local/b.js'],
      ['src/nestjs/http/a.ts', '../flow-token.js'],
      ['src/nestjs/a.ts', '../index.js'],
      ['src/nestjs/a.ts', 'penguiflow'],
      ['src/nestjs/a.ts', '@nestjs/common'],
      ['src/queue/a.ts', 'node:events'],
    ];
    for (const [from, specifier] of allowed) {
      it(`${from} may import ${specifier}`, () => {
        const small = parseTree({ [from]: `import { b } from '${specifier}';` });
        expect([...importsAgainstDirection(small), ...importsOfForeignPackages(small)]).to.deep.equal([]);
      });
    }

    it('an import in a comment or a string is none', () => {
      const code = "// import '../runtime/b.js';\nexport const a = \"import('../runtime/b.js')\";";
      expect(importsAgainstDirection(parseTree({ 'src/queue/a.ts': code }))).to.deep.equal([]);
    });

    it('a package in the wrong folder is found', () => {
      const code = "import winston from 'winston'; import { Gauge } from 'prom-client/lib/x'; import '@nestjs/core/y';";
      expect(importsOfForeignPackages(parseTree({ 'src/runtime/a.ts': code }))).to.deep.equal([
        'src/runtime/a.ts imports winston: not a package of runtime/',
        'src/runtime/a.ts imports prom-client/lib/x: not a package of runtime/',
        'src/runtime/a.ts imports @nestjs/core/y: not a package of runtime/',
      ]);
    });

    it('the runtime may name the types of validation', () => {
      const code = "import type { B } from '../../validation/b.js';";
      expect(importsAgainstDirection(parseTree({ 'src/runtime/attempt/a.ts': code }))).to.deep.equal([]);
    });

    it('a cycle of files is found once, and one of types inside a room is none', () => {
      const cycle = parseTree({
        'src/queue/a.ts': "import { b } from './b.js';",
        'src/queue/b.ts': "import { c } from './c.js'; import type { D } from './d.js';",
        'src/queue/c.ts': "import { a } from './a.js';",
        'src/queue/d.ts': "import { a } from './a.js';",
      });
      expect(importCycles(cycle)).to.deep.equal([
        'src/queue/a.ts -> src/queue/b.ts -> src/queue/c.ts -> src/queue/a.ts',
      ]);
    });

    it('a cycle of types across rooms is found, also where no two files form one', () => {
      const cycle = parseTree({
        'src/queue/a.ts': "import type { B } from '../policy/b.js';",
        'src/queue/c.ts': '',
        'src/policy/b.ts': '',
        'src/policy/d.ts': "import type { C } from '../queue/c.js';",
      });
      expect(importCycles(cycle)).to.deep.equal([]);
      expect(roomCycles(cycle)).to.deep.equal(['queue -> policy -> queue']);
    });

    it('a re-export is found unless the file is an entry point', () => {
      const code = "export { b } from './b.js'; export type { C } from './c.js';";
      const files = parseTree({ 'src/index.ts': code, 'src/queue/index.ts': code });
      expect(barrels(files, ['src/index.ts'])).to.deep.equal([
        'src/queue/index.ts re-exports ./b.js',
        'src/queue/index.ts re-exports ./c.js',
      ]);
    });

    const broken: ReadonlyArray<readonly [path: string, code: string, message: string]> = [
      ['src/queue/Floe.ts', '', 'is not kebab-case'],
      ['src/queue/utils.ts', '', 'has a name that says nothing'],
      ['src/queue/a.ts', '\n'.repeat(300) + 'export {};', 'has 301 lines, more than 300'],
      ['src/queue/a.ts', 'class A { private b = 1; }', 'line 1: private b (write #b)'],
      ['src/queue/a.ts', 'class A { constructor(private readonly b: string) {} }', 'line 1: private b (write #b)'],
      ['src/queue/a.ts', 'export default class A {}', 'has a default export'],
      ['src/queue/a.ts', 'class A {}\nexport { A as default };', 'has a default export'],
      ['src/queue/a.ts', "export const a = () => {\n  throw new Error('no');\n};", 'line 2: throw new Error('],
      ['src/queue/a.ts', "export const a = () => { throw new TypeError('no'); };", 'line 1: throw new TypeError('],
      ['src/queue/a.ts', 'export const a = b instanceof Promise;', 'line 1: instanceof Promise (ask isThenable)'],
      ['src/queue/a.ts', "export const a = typeof b?.then === 'function';", 'line 1: typeof ….then (ask isThenable)'],
      [
        'src/queue/a.ts',
        "export const a = typeof (b as { then?: unknown }).then === 'function';",
        'line 1: typeof ….then (ask isThenable)',
      ],
      ['src/queue/a.ts', 'process.exit(1);', 'line 1: process.exit'],
      ['src/queue/a.ts', "console.log('hi');", 'line 1: console.log'],
      ['src/queue/a.ts', "export * from 'node:fs';", 'line 1: export * (name what is exported)'],
      [
        'src/queue/a.ts',
        'export const a = (b: string) => import(b);',
        'line 1: a dynamic import that is not a plain string',
      ],
    ];
    for (const [path, code, message] of broken) {
      it(`${path} is refused when it ${message}`, () => {
        expect(brokenHouseRules(parseTree({ [path]: code }))).to.deep.equal([`${path} ${message}`]);
      });
    }

    it('every module that touches decorator metadata is found', () => {
      const files = parseTree({ 'src/metadata/a.ts': "Reflect.getOwnMetadata('a', Object); Reflect.ownKeys({});" });
      expect(metadataAccessors(files)).to.deep.equal(['src/metadata/a.ts']);
    });

    it('a file that does not parse is an error, not an empty file', () => {
      expect(() => parseTree({ 'src/a.ts': 'import {' })).to.throw(SyntaxError, /src\/a\.ts/);
    });
  });
});

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** The source files that the exports map names. */
function entryPoints({ exports }: Manifest): string[] {
  return Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [] : [target.default.replace('./lib/', 'src/').replace(/\.js$/, '.ts')],
  );
}

/** What loading an entry file imports, itself or through its own files, beyond itself and the required peers. */
async function strayImports(entry: string, { peerDependencies, peerDependenciesMeta }: Manifest): Promise<string[]> {
  const home = new URL('.', entry).href;
  const required = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta?.[name]?.optional !== true);
  const loaded = await modulesLoadedBy(entry);
  return loaded
    .filter(({ parent }) => parent.startsWith(home))
    .filter(({ specifier, parent }) =>
      specifier.startsWith('.')
        ? /^(nestjs|testing|metrics|otel|store|nats|inspector|cli|distributed)\//.test(
            new URL(specifier, parent).href.slice(home.length),
          )
        : !specifier.startsWith('node:') && !required.includes(specifier),
    )
    .map(({ specifier, parent }) => `${parent.slice(home.length)} imports ${specifier}`);
}
