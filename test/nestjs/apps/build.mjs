// Compiles the applications twice: as they are into `out/plain`, and with the compiler plugin of @nestjs/swagger into `out/plugin`, as
// `nest build` does it.
import { resolve } from 'node:path';
import * as plugin from '@nestjs/swagger/plugin';
import ts from 'typescript';

const { options, fileNames } = ts.parseJsonConfigFileContent(
  ts.readConfigFile('tsconfig.json', ts.sys.readFile).config,
  ts.sys,
  // The plugin wants the folders as absolute paths.
  import.meta.dirname,
);

let failed = false;
for (const [outDir, transformers] of [
  ['out/plain', () => []],
  [
    'out/plugin',
    (program) => [
      plugin.before(
        { controllerFileNameSuffix: ['-app.ts'], dtoFileNameSuffix: ['-models.ts'], introspectComments: true },
        program,
      ),
    ],
  ],
]) {
  const program = ts.createProgram(fileNames, { ...options, outDir: resolve(import.meta.dirname, outDir) });
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
