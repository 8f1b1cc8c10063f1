// Which rules of docs/contract.md have tests that name them: a table of rule, number of tests and heading, with `--titles` the
// titles of the tests too. Fails for a rule without a test, for a title that names a rule which is not in the contract, and for a
// contract that cannot be read. A folder as an argument takes the place of the project.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { parseSync } from 'oxc-parser';

const CONTRACT = 'docs/contract.md';
/** Parts of the contract: runtime and logs, history, inspector, command line, distributed. */
const ID = '[RHICD]\\d+[a-z]?';

/** A heading of a rule: `### R12 Order of events`. */
const RULE_HEADING = new RegExp(`^(?<id>${ID})\\s+(?<about>\\S.*)$`);
/** The ids that a title begins with. */
const NAMED = new RegExp(`^(?:${ID}(?:\\s+|$))+`);
/** What looks like an id elsewhere; in quotes it is the name of something else. */
const MENTIONED = new RegExp(`(?<![\\w'"\`$./-])${ID}(?![\\w-])`, 'g');

const GROUPS = ['describe', 'context', 'suite'];
const TESTS = ['it', 'specify', 'test'];

/** The rules of the contract by id, in its order. */
function readContract(text) {
  const found = new Map();
  let fence;
  let silent;
  for (const line of text.split(/\r?\n/)) {
    const [mark] = /^ {0,3}(?:`{3,}|~{3,})/.exec(line) ?? [];
    if (mark !== undefined && (fence === undefined || mark.trim().startsWith(fence))) {
      fence = fence === undefined ? mark.trim() : undefined;
    }
    const heading = fence === undefined ? /^(?<marks>#{1,6})\s+(?<title>.*)$/.exec(line)?.groups : undefined;
    if (heading === undefined) {
      if (line.trim() !== '') silent = undefined;
      continue;
    }
    if (silent !== undefined) complaints.push(`${silent} says nothing in ${CONTRACT}`);
    silent = undefined;
    const rule = RULE_HEADING.exec(heading.title)?.groups;
    if ((rule !== undefined) !== (heading.marks === '###')) {
      complaints.push(`"${line}" in ${CONTRACT} is no heading of a rule: write "### R12 What it is about"`);
    } else if (rule !== undefined) {
      if (found.has(rule.id)) complaints.push(`${rule.id} has two headings in ${CONTRACT}`);
      found.set(rule.id, { about: rule.about, tests: [] });
      silent = rule.id;
    }
  }
  if (silent !== undefined) complaints.push(`${silent} says nothing in ${CONTRACT}`);
  if (found.size === 0) complaints.push(`${CONTRACT} has no rules`);
  return found;
}

/** The text of a title that is written where the test is; undefined when it is computed. */
function titleOf(node, text) {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'TemplateLiteral') return text.slice(node.start + 1, node.end - 1);
  if (node?.type !== 'BinaryExpression' || node.operator !== '+') return undefined;
  const [left, right] = [node.left, node.right].map((side) => titleOf(side, text));
  return left === undefined && right === undefined ? undefined : `${left ?? '${…}'}${right ?? '${…}'}`;
}

/** `it` of `it.only` and of `(isLinux ? it : it.skip)`. */
function calleeOf(node) {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'MemberExpression') return calleeOf(node.object);
  if (node.type === 'ConditionalExpression') return calleeOf(node.consequent);
  if (node.type === 'ParenthesizedExpression') return calleeOf(node.expression);
  return undefined;
}

/**
 * Each group and test of a spec, with the titles of the groups that count for it. A call of another name is a test, too, where it
 * stands by itself with a title and a function: `onLinux('R29 a full disk …', () => …)`.
 */
function titlesIn(path, text) {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new SyntaxError(errors.map(({ message }) => message).join('; '));
  const found = [];

  function visit(node, around, isStatement) {
    let inside = around;
    if (node.type === 'CallExpression' && node.arguments.some(({ type }) => /Function/.test(type))) {
      const title = titleOf(node.arguments[0], text);
      const callee = calleeOf(node.callee);
      if (title !== undefined && GROUPS.includes(callee)) {
        found.push({ title, around: [], isTest: false });
        inside = [...around, title];
      } else if (title !== undefined && TESTS.includes(callee)) {
        found.push({ title, around, isTest: true });
        return;
      } else if (title !== undefined && isStatement) {
        found.push({ title, around: [], isTest: true });
      }
    }
    for (const child of Object.values(node).flat()) {
      if (typeof child?.type === 'string') visit(child, inside, node.type === 'ExpressionStatement');
    }
  }
  visit(program, [], false);
  return found;
}

/** The ids that a title begins with. */
function namedBy(title) {
  return NAMED.exec(title)?.[0].trim().split(/\s+/) ?? [];
}

/** Counts the tests of a spec for the rules they name. */
function readTests(path, text) {
  for (const { title, around, isTest } of titlesIn(path, text)) {
    const named = namedBy(title);
    for (const id of named.filter((each) => !rules.has(each))) {
      complaints.push(`${CONTRACT} has no ${id}, which "${title}" in ${path} names`);
    }
    for (const [id] of title.replace(NAMED, '').matchAll(MENTIONED)) {
      complaints.push(`"${title}" in ${path} mentions ${id}: a rule comes first in a title, another name in quotes`);
    }
    if (isTest) for (const id of new Set([...around.flatMap(namedBy), ...named])) rules.get(id)?.tests.push(title);
  }
}

/** Reads a file; says so when that is impossible. */
function attempt(path, read) {
  try {
    return read(readFileSync(join(root, path), 'utf8'));
  } catch (error) {
    complaints.push(`${path} cannot be read: ${error.message}`);
    return undefined;
  }
}

const { values, positionals } = parseArgs({ options: { titles: { type: 'boolean' } }, allowPositionals: true });
const root = positionals[0] ?? join(import.meta.dirname, '..');
const complaints = [];
const rules = attempt(CONTRACT, readContract) ?? new Map();
for (const name of readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).toSorted()) {
  const path = `test/${name.replaceAll('\\', '/')}`;
  if (/\.(?:spec|e2e)\.ts$/.test(path) && !path.includes('/node_modules/'))
    attempt(path, (text) => readTests(path, text));
}

for (const [id, { about, tests }] of rules) {
  console.log(`${id.padEnd(5)}${String(tests.length).padStart(4)}  ${about}`);
  if (values.titles) for (const title of tests) console.log(`           ${title}`);
  if (tests.length === 0) complaints.push(`${id} has no test that names it`);
}
for (const complaint of complaints) console.log(complaint);
if (complaints.length > 0) process.exitCode = 1;
