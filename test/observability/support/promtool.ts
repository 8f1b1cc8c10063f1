import { spawnSync } from 'node:child_process';

/** What a command line tool said. */
export interface ToolResult {
  readonly ok: boolean;
  readonly output: string;
}

/** Whether a tool can be started at all. */
export function isInstalled(tool: string): boolean {
  return spawnSync(tool, ['--version']).error === undefined;
}

/** Runs promtool (Debian package `prometheus`). */
export function promtool(args: readonly string[], input = ''): ToolResult {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return { ok: status === 0, output: stdout + stderr };
}
