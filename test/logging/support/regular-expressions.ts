import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import * as keyNames from '#src/logging/redact/key-names.js';

/** A regular expression of the sources. */
export interface FoundPattern {
  readonly place: string;
  readonly pattern: RegExp;
}

/** The regular expressions in the sources below a folder: literals, and those that are made of a text. Those made of a user's are left out. */
export function regularExpressions(folder: string): FoundPattern[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return files.flatMap((name) => patternsIn(join(folder, name), relative('.', join(folder, name))));
}

function patternsIn(path: string, name: string): FoundPattern[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: FoundPattern[] = [];
  const visit = (node: ts.Node): void => {
    const text = node.getText(source);
    const isMade =
      ts.isNewExpression(node) && node.expression.getText(source) === 'RegExp' && !text.includes('.source');
    if (ts.isRegularExpressionLiteral(node) || isMade) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found.push({ place: `${name}:${line + 1}`, pattern: valueOf(text) });
    } else {
      ts.forEachChild(node, visit);
    }
  };
  visit(source);
  return found;
}

/** What an expression of the sources means, which may use the lists of names. */
function valueOf(expression: string): RegExp {
  const names = Object.keys(keyNames);
  // oxlint-disable-next-line typescript/no-implied-eval -- the sources of the project
  const read = new Function(...names, `return ${expression}`) as (...values: unknown[]) => RegExp;
  return read(...names.map((name) => keyNames[name as keyof typeof keyNames]));
}
