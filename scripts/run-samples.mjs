// Runs every sample to its end, without arguments: exit code 0 within a minute, or the build is broken.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const samples = join(import.meta.dirname, '../dist/samples');
const mains = (existsSync(samples) ? readdirSync(samples) : [])
  .map((name) => ({ name, main: join(samples, name, 'main.js') }))
  .filter(({ main }) => existsSync(main));

for (const { name, main } of mains) {
  const started = performance.now();
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--enable-source-maps', main], {
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`sample ${name}: ${status === 0 ? 'ok' : `failed (${signal ?? `exit code ${status}`})`}, ${seconds} s`);
  if (status !== 0) {
    console.log(stdout, stderr);
    process.exitCode = 1;
  }
}
console.log(`${mains.length} samples`);
