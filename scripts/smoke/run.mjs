import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';

/** Runs a command and returns what it printed; a failure carries its output. */
export async function run(command, args, cwd, env = process.env) {
  try {
    return await promisify(execFile)(command, args, {
      cwd,
      env,
      timeout: 240_000,
      shell: command === 'npm' && process.platform === 'win32',
    });
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')} failed in ${basename(cwd)}\n${error.stdout}\n${error.stderr}`, {
      cause: error,
    });
  }
}

/** Runs a program that is to fail and returns what it wrote to stderr. */
export function runToFailure(args, cwd) {
  return new Promise((done, refuse) => {
    execFile(process.execPath, args, { cwd, timeout: 60_000 }, (error, _, stderr) => {
      if (error === null) refuse(new Error(`node ${args.join(' ')} was to fail in ${basename(cwd)}`));
      else done(stderr);
    });
  });
}

/** Throws unless something holds. */
export function expect(holds, message) {
  if (!holds) throw new Error(message);
}
