import 'reflect-metadata';

import { fileURLToPath } from 'node:url';

import { FlowError } from 'penguiflow';

import { auditProject } from './audit-project.js';
import { readCommandLine, USAGE, type AuditOptions } from './command-line.js';
import { AuditProgress } from './report/audit-progress.js';
import type { AuditReport } from './report/audit-report.js';
import { paintFor } from '../shared/paint.js';
import { printReport } from './report/print-report.js';
import { ProgressBar } from './report/progress-bar.js';
import { UsageError } from './usage-error.js';

/** This file is built to `dist/samples/license-audit/`. */
const HOME = fileURLToPath(new URL('../../..', import.meta.url));

/** What a shell gives a program that Ctrl-C ended. */
const INTERRUPTED = 130;

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readCommandLine(args, HOME);
    if (options.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    return await audit(options);
  } catch (error) {
    return explain(error);
  }
}

async function audit(options: AuditOptions): Promise<number> {
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  const onTerminal = process.stderr.isTTY && process.env['TERM'] !== 'dumb' && !options.json;
  const progress = onTerminal ? new ProgressBar(process.stderr, paintFor(process.stderr)) : new AuditProgress();
  let report: AuditReport;
  try {
    report = await auditProject(options, progress, interrupt.signal);
  } catch (error) {
    if (!FlowError.is(error, 'ABORTED')) throw error;
    process.stderr.write(`Interrupted. Log: ${options.log}\n`);
    return INTERRUPTED;
  }
  if (options.json) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    process.stderr.write(`Log: ${options.log}\n`);
  } else {
    process.stdout.write(printReport(report, paintFor(process.stdout), process.stdout.columns ?? 100));
  }
  return report.policyHolds ? 0 : 1;
}

/** One message for people, never a stack. */
function explain(error: unknown): number {
  const paint = paintFor(process.stderr);
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${paint.red('✖')} ${message}\n`);
  if (error instanceof UsageError) process.stderr.write(paint.dim('  --help shows the options.\n'));
  return 2;
}

// A reader that leaves early (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// Not `process.exit`: what was written to a pipe must get there first.
process.exitCode = await main(process.argv.slice(2));
