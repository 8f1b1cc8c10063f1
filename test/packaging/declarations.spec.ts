import { readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '../../..');
const SRC = join(ROOT, 'dist/src');

/** The declarations that a file leads to, by path below `dist/src`, without their comments. */
function declarationsFrom(entry: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const open = [join(SRC, entry)];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    const name = relative(SRC, file).split(sep).join('/');
    if (found.has(name)) continue;
    const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//gu, '');
    found.set(name, text);
    for (const [, path] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.js['"]/gu)) {
      open.push(join(dirname(file), `${path}.d.ts`));
    }
  }
  return found;
}

describe('the declarations of the package', () => {
  it('show the handle as an interface, and nothing of the runtime behind it', () => {
    const declarations = declarationsFrom('index.d.ts');
    expect(declarations.get('runtime/penguiflow.d.ts')).to.contain('export interface PenguiFlow<');
    const runtime = [...declarations].filter(([name]) => name.startsWith('runtime/'));
    const inner = runtime.filter(([, text]) => /\bclass\b|#private|\b(?:FlowEngine|FlowParts|EventBus)\b/u.test(text));
    expect(inner.map(([name]) => name)).to.deep.equal([]);
    expect(
      [...declarations.keys()].filter((name) => /flow-(?:engine|parts|runtime)|event-bus/u.test(name)),
    ).to.deep.equal([]);
  });
});
