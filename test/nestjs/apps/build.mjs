// Compiles the applications twice: as they are into `out/plain`, and with the compiler plugin of @nestjs/swagger into `out/plugin`, as
// `nest build` does it.
import * as plugin from '@nestjs/swagger/plugin';
import ts from 'typescript';

const { options, fileNames } = ts.parseJsonConfigFileContent(
  ts.readConfigFile('tsconfig.json', ts.sys.readFile).config,
  ts.sys,
  '.',
);

let failed = false;
for (const [outDir, transformers] of [
  ['out/plain', () => []],
  ['out/plugin', (program) => [plugin.before({ dtoFileNameSuffix: ['-app.ts'], introspectComments: true }, program)]],
]) {
  const program = ts.createProgram(fileNames, { ...options, outDir });
  const emitted = program.emit(undefined, undefined, undefined, false, { before: transformers(program) });
  const found = [...ts.getPreEmitDiagnostics(program), ...emitted.diagnostics];
  if (found.length === 0) continue;
  failed = true;
  console.log(
    ts.formatDiagnostics(found, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => process.cwd(),
      getNewLine: () => '\n',
    }),
  );
}
process.exitCode = failed ? 1 : 0;
