import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One import that Node resolved while a module was being loaded. */
interface LoadedModule {
  readonly specifier: string;
  /** The URL of the importing module. */
  readonly parent: string;
}

/** A module hook that prints every resolution as a line of JSON. */
const HOOK = `
  import { writeSync } from 'node:fs';
  export async function resolve(specifier, context, next) {
    if (context.parentURL) writeSync(1, JSON.stringify({ specifier, parent: context.parentURL }) + '\\n');
    return next(specifier, context);
  }`;

/** Loads a module (a file URL) in a fresh process and returns every import this led to. */
export async function modulesLoadedBy(url: string): Promise<LoadedModule[]> {
  const register = dataUrl(`import { register } from 'node:module'; register(${JSON.stringify(dataUrl(HOOK))});`);
  const { stdout } = await run(
    process.execPath,
    ['--import', register, '--input-type=module', '-e', `import '${url}'`],
    {
      timeout: 20_000,
    },
  );
  return stdout.split('\n').filter(Boolean).map(parseLine);
}

function parseLine(line: string): LoadedModule {
  return JSON.parse(line) as LoadedModule;
}

function dataUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
