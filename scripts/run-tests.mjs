// All tests, in two processes beside each other: one of programs, browsers and threads, which mostly waits for them, and one of all
// else. What the first says is shown behind what the second says. With other arguments than a reporter it is mocha, in one process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { buffer } from 'node:stream/consumers';

const MOCHA = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');
/** Folders of `test` whose specs start programs, and use no service that those of the others use. */
const PROGRAMS = 'dist/test/{cli,distributed,docs,inspector,samples}/**/*.spec.js';

const args = process.argv.slice(2);

function mocha(more, stdout) {
  const env = process.stdout.isTTY ? { ...process.env, FORCE_COLOR: '1' } : process.env;
  return spawn(process.execPath, [MOCHA, ...more], { stdio: ['inherit', stdout, stdout], env });
}

async function exitCodeOf(child) {
  const [code] = await once(child, 'exit');
  return code ?? 1;
}

if (args.length > 0 && !(args.length === 2 && args[0] === '--reporter')) {
  process.exitCode = await exitCodeOf(mocha(args, 'inherit'));
} else {
  const programs = mocha([...args, PROGRAMS], 'pipe');
  const said = Promise.all([buffer(programs.stdout), buffer(programs.stderr)]);
  const codes = await Promise.all([
    exitCodeOf(mocha([...args, '--ignore', PROGRAMS], 'inherit')),
    exitCodeOf(programs),
  ]);
  for (const each of await said) process.stdout.write(each);
  process.exitCode = codes.find((code) => code !== 0) ?? 0;
}
