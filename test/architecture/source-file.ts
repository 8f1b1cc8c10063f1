import { parseSync, Visitor } from 'oxc-parser';

/** One dependency of a file on another, however it is spelled. */
interface SourceImport {
  readonly specifier: string;
  readonly kind: 'import' | 're-export' | 'dynamic import' | 'import type' | 'require';
  /** It names types only, and is gone when the code runs. */
  readonly typeOnly: boolean;
}

/** A line of a file that the house rules forbid in `src`. */
interface ForbiddenLine {
  readonly line: number;
  readonly what: string;
}

/** What the architecture rules need to know of a TypeScript file. */
export interface SourceFile {
  /** Relative to the project, with forward slashes: `src/errors/flow-error.ts`. */
  readonly path: string;
  readonly lineCount: number;
  readonly imports: readonly SourceImport[];
  readonly hasDefaultExport: boolean;
  readonly forbidden: readonly ForbiddenLine[];
  /** Lines that call `Reflect.…Metadata`. */
  readonly metadataLines: readonly number[];
}

const BUILT_IN_ERRORS = new Set([
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'EvalError',
  'URIError',
  'AggregateError',
]);

/** The one file that decides whether a value is a promise. */
const DECIDES_ON_PROMISES = 'src/message/is-thenable.ts';

/** A node of the syntax tree, as far as these rules look. */
interface SyntaxNode {
  readonly type: string;
  readonly start: number;
}

/**
 * Parses one file. Comments and strings cannot fool it, and imports that only name types count like all others.
 */
export function parseSource(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors.map((error) => error.message).join('; ')}`);

  const imports: SourceImport[] = [];
  const forbidden: ForbiddenLine[] = [];
  const metadataLines: number[] = [];
  let hasDefaultExport = false;
  const lineOf = (node: SyntaxNode): number => text.slice(0, node.start).split('\n').length;

  /** Members are private by their name, which holds at run time too. */
  const forbidPrivate = (
    node: SyntaxNode & { readonly accessibility?: string | null },
    named: SyntaxNode & { readonly name?: unknown },
  ): void => {
    if (node.accessibility !== 'private') return;
    const name = typeof named.name === 'string' ? named.name : '…';
    forbidden.push({ line: lineOf(node), what: `private ${name} (write #${name})` });
  };

  new Visitor({
    ImportDeclaration: (node) =>
      void imports.push({ specifier: node.source.value, kind: 'import', typeOnly: node.importKind === 'type' }),
    ExportAllDeclaration: (node) => {
      imports.push({ specifier: node.source.value, kind: 're-export', typeOnly: node.exportKind === 'type' });
      forbidden.push({ line: lineOf(node), what: 'export * (name what is exported)' });
    },
    ExportNamedDeclaration: (node) => {
      if (node.source !== null) {
        imports.push({ specifier: node.source.value, kind: 're-export', typeOnly: node.exportKind === 'type' });
      }
      hasDefaultExport ||= node.specifiers.some(({ exported }) => 'name' in exported && exported.name === 'default');
    },
    ExportDefaultDeclaration: () => {
      hasDefaultExport = true;
    },
    ImportExpression: (node) => {
      const specifier = literal(node.source);
      if (specifier !== undefined) imports.push({ specifier, kind: 'dynamic import', typeOnly: false });
      else forbidden.push({ line: lineOf(node), what: 'a dynamic import that is not a plain string' });
    },
    TSImportType: (node) => void imports.push({ specifier: node.source.value, kind: 'import type', typeOnly: true }),
    CallExpression: (node) => {
      const specifier = isIdentifier(node.callee, 'require') ? literal(node.arguments[0]) : undefined;
      if (specifier !== undefined) imports.push({ specifier, kind: 'require', typeOnly: false });
    },
    ThrowStatement: (node) => {
      const thrown = node.argument;
      if (
        thrown.type === 'NewExpression' &&
        thrown.callee.type === 'Identifier' &&
        BUILT_IN_ERRORS.has(thrown.callee.name)
      ) {
        forbidden.push({ line: lineOf(node), what: `throw new ${thrown.callee.name}(` });
      }
    },
    BinaryExpression: (node) => {
      if (path !== DECIDES_ON_PROMISES && node.operator === 'instanceof' && isIdentifier(node.right, 'Promise'))
        forbidden.push({ line: lineOf(node), what: 'instanceof Promise (ask isThenable)' });
    },
    UnaryExpression: (node) => {
      const argument = node.argument.type === 'ChainExpression' ? node.argument.expression : node.argument;
      if (path === DECIDES_ON_PROMISES || node.operator !== 'typeof' || argument.type !== 'MemberExpression') return;
      if (isIdentifier(argument.property, 'then'))
        forbidden.push({ line: lineOf(node), what: 'typeof ….then (ask isThenable)' });
    },
    PropertyDefinition: (node) => forbidPrivate(node, node.key),
    MethodDefinition: (node) => {
      if (node.kind !== 'constructor') forbidPrivate(node, node.key);
    },
    TSParameterProperty: (node) => forbidPrivate(node, node.parameter),
    MemberExpression: (node) => {
      const member = node.property.type === 'Identifier' && !node.computed ? node.property.name : '';
      if (isIdentifier(node.object, 'console')) forbidden.push({ line: lineOf(node), what: `console.${member}` });
      if (isIdentifier(node.object, 'process') && (member === 'exit' || member === 'abort')) {
        forbidden.push({ line: lineOf(node), what: `process.${member}` });
      }
      if (isIdentifier(node.object, 'Reflect') && member.endsWith('Metadata')) metadataLines.push(lineOf(node));
    },
  }).visit(program);

  return { path, lineCount: text.trimEnd().split('\n').length, imports, hasDefaultExport, forbidden, metadataLines };
}

function isIdentifier(node: SyntaxNode & { readonly name?: unknown }, name: string): boolean {
  return node.type === 'Identifier' && node.name === name;
}

function literal(node: (SyntaxNode & { readonly value?: unknown }) | undefined): string | undefined {
  return node?.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
}
