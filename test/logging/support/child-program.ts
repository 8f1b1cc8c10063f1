import { spawn, type ChildProcess } from 'node:child_process';

const LOGGING = new URL('../../../src/logging/', import.meta.url).href;

/** What a program left behind. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a piece of a program in a process of its own; `configureLogging`, `getLogger` and the like are there. */
export function runProgram(code: string, meanwhile?: (child: ChildProcess) => void): Promise<ProgramEnd> {
  const source =
    `const { configureLogging } = await import('${LOGGING}configure-logging.js');` +
    `const { getLogger } = await import('${LOGGING}winston/get-logger.js');` +
    `const { shutdownLogging, loggingStats } = await import('${LOGGING}shutdown-logging.js');${code}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  meanwhile?.(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit) => resolve({ code: exit, stdout, stderr }));
  });
}
