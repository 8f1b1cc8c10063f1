import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import * as keyNames from '#src/logging/redact/key-names.js';

/** A regular expression of the sources. */
export interface FoundPattern {
  readonly place: string;
  readonly pattern: RegExp;
}

/** The regular expressions in the sources below a folder: literals, and those that are made of a text. Those made of a user's are left out. */
export function regularExpressions(folder: string): FoundPattern[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return files.toSorted().flatMap((name) => patternsIn(join(folder, name)));
}

function patternsIn(path: string): FoundPattern[] {
  const text = readFileSync(path, 'utf8');
  const found: FoundPattern[] = [];
  const take = ({ start, end }: { readonly start: number; readonly end: number }): void => {
    const expression = text.slice(start, end);
    const line = text.slice(0, start).split('\n').length;
    if (!expression.includes('.source')) found.push({ place: `${path}:${line}`, pattern: valueOf(expression) });
  };
  new Visitor({
    Literal: (node) => {
      if ('regex' in node) take(node);
    },
    NewExpression: (node) => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'RegExp') take(node);
    },
  }).visit(parseSync(path, text).program);
  return found;
}

/** What an expression of the sources means, which may use the lists of names. */
function valueOf(expression: string): RegExp {
  // oxlint-disable-next-line typescript/no-implied-eval, eslint/no-new-func -- the sources of the project
  const read = new Function(...Object.keys(keyNames), `return ${expression}`) as (...values: unknown[]) => RegExp;
  return read(...Object.values(keyNames));
}
