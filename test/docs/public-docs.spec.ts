import { existsSync, readFileSync } from 'node:fs';

import { expect } from 'chai';

interface PublicName {
  readonly name: string;
  readonly isType: boolean;
  readonly file: string;
}

/** What an entry file re-exports. */
function exportsOf(entry: string): readonly PublicName[] {
  const folder = entry.replace(/[^/]+$/, '');
  const statements = readFileSync(entry, 'utf8').matchAll(/^export (type )?\{([^}]*)\} from '\.\/([^']+)\.js';/gm);
  return [...statements].flatMap(([, type, names, path]) =>
    (names ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => ({
        name: name.replace(/^type /, ''),
        isType: type !== undefined || name.startsWith('type '),
        file: `${folder}${path}.ts`,
      })),
  );
}

/** The doc comment above a declaration; undefined when it has none. */
function docOf({ name, file }: PublicName): string | undefined {
  const declaration = new RegExp(
    `(/\\*\\*(?:(?!\\*/)[^])*\\*/)\\s*(?:(?:@\\w+\\([^)]*\\)|//.*)\\s*)*export (?:declare )?(?:abstract )?(?:async )?(?:class|function|const|interface|type) ${name}\\b`,
  );
  return declaration.exec(readFileSync(file, 'utf8'))?.[1];
}

/** Entry points of the package. */
function entries(): readonly string[] {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly exports: Readonly<Record<string, { readonly types?: string }>>;
  };
  const files = Object.values(exports).map(({ types }) => types?.replace('./lib/', 'src/').replace(/\.d\.ts$/, '.ts'));
  return files.filter((file): file is string => file !== undefined && existsSync(file));
}

/** Constants and tokens: what they are says how they are used. */
const PLAIN = /^[A-Z_]+$/;

describe('public documentation', () => {
  for (const entry of entries()) {
    describe(entry, () => {
      const names = exportsOf(entry);

      it('each exported name has a doc comment', () => {
        expect(names.length).to.be.greaterThan(0);
        expect(
          names.filter((each) => docOf(each) === undefined).map(({ name, file }) => `${name} in ${file}`),
        ).to.deep.equal([]);
      });

      it('each exported class and function shows how it is used', () => {
        const silent = names
          .filter(({ isType, name }) => !isType && !PLAIN.test(name))
          .filter((each) => !/@example|Made by `/.test(docOf(each) ?? ''));
        expect(silent.map(({ name, file }) => `${name} in ${file}`)).to.deep.equal([]);
      });
    });
  }
});
