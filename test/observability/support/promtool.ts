import { spawnSync } from 'node:child_process';
import { commandTool } from '../../support/needs-tool.js';

export const PROMTOOL = commandTool('promtool', { install: 'apt-get install prometheus' });

/** What a command line tool said. */
export interface ToolResult {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs promtool. */
export function promtool(args: readonly string[], input = ''): ToolResult {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return { ok: status === 0, output: stdout + stderr };
}
