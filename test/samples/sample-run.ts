import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How a sample ended. */
export interface SampleRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built program of a sample to its end. */
export async function runSample(name: string, ...args: readonly string[]): Promise<SampleRun> {
  const { LOG_LEVEL: _level, ...env } = process.env;
  const child = spawn(process.execPath, ['--enable-source-maps', `dist/samples/${name}/main.js`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  return { exitCode, stdout, stderr };
}

/** What the README of a sample shows below a command: `$ node dist/samples/<name>/main.js`. */
export function shownBy(name: string, command = `$ node dist/samples/${name}/main.js`): string {
  const readme = readFileSync(`samples/${name}/README.md`, 'utf8');
  const from = readme.indexOf(`\`\`\`text\n${command}\n`);
  if (from === -1) throw new Error(`the README of ${name} does not show ${command}`);
  const text = readme.slice(from + `\`\`\`text\n${command}\n`.length);
  return text.slice(0, text.indexOf('```'));
}
