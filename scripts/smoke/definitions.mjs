// Asks the language service of an editor where names of the package are defined, as a user's Ctrl-click does.
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from './run.mjs';

// TypeScript 7 has no server of this protocol; 6 is here because the declarations are bundled with it.
const typescript6 = createRequire(import.meta.url).resolve('@typescript/typescript6');
const tsserver = createRequire(typescript6).resolve('@typescript/old/lib/tsserver.js');

const NAMES = [
  ['penguiflow', 'createFlow', 'function createFlow'],
  ['penguiflow', 'Message', 'class Message'],
  ['penguiflow', 'Node', 'function Node'],
  ['penguiflow', 'FlowOptions', 'interface FlowOptions'],
  ['penguiflow', 'PenguiFlow', 'PenguiFlow'],
  ['penguiflow/testing', 'runOne', 'function runOne'],
  ['penguiflow/metrics', 'FlowMetrics', 'class FlowMetrics'],
  ['penguiflow/otel', 'OtelTracer', 'class OtelTracer'],
  ['penguiflow/store', 'memoryStore', 'function memoryStore'],
  ['penguiflow/store', 'sqliteStore', 'function sqliteStore'],
  ['penguiflow/store', 'postgresStore', 'function postgresStore'],
  ['penguiflow/inspector', 'createInspector', 'function createInspector'],
  ['penguiflow/distributed', 'Wire', 'function Wire'],
  ['penguiflow/nestjs', 'PenguiFlowModule', 'class PenguiFlowModule'],
];

/** Each name has to lead to the line of TypeScript that declares it, in the sources inside the package. */
export async function checkDefinitions(project) {
  const file = join(project, 'src/definitions.ts');
  await mkdir(join(project, 'src'), { recursive: true });
  const lines = NAMES.map(([from, name]) => `export { ${name} } from '${from}';`);
  await writeFile(file, `${lines.join('\n')}\n`);
  const server = spawn(
    process.execPath,
    [tsserver, '--disableAutomaticTypingAcquisition', '--suppressDiagnosticEvents'],
    {
      cwd: project,
    },
  );
  try {
    const answers = answersOf(server);
    const send = (seq, command, args) =>
      server.stdin.write(`${JSON.stringify({ seq, type: 'request', command, arguments: args })}\n`);
    send(1, 'open', { file });
    for (const index of NAMES.keys())
      send(index + 2, 'definition', { file, line: index + 1, offset: 'export { '.length + 1 });
    for (const [from, name, declaration] of NAMES) {
      const [definition] = await answers.next();
      const path = definition === undefined ? 'nowhere' : relative(project, definition.file).replaceAll('\\', '/');
      expect(/^node_modules\/penguiflow\/src\/.*\.ts$/.test(path), `${name} of ${from} leads to ${path}`);
      const text = (await readFile(definition.file, 'utf8')).split('\n')[definition.start.line - 1];
      expect(text.includes(declaration), `${name} of ${from} leads to ${path}, "${text}"`);
    }
  } finally {
    server.kill();
  }
  console.log(`go to definition: ${NAMES.length} names lead to TypeScript in src`);
}

/** The bodies of the answers to `definition`, in the order of the questions. */
function answersOf(server) {
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  return {
    async next() {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error('the language server ended');
        if (!value.startsWith('{')) continue;
        const message = JSON.parse(value);
        if (message.type === 'response' && message.command === 'definition') return message.body ?? [];
      }
    },
  };
}
