import 'reflect-metadata';

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { configureLogging, shutdownLogging } from 'penguiflow';

import { paintFor } from '../shared/paint.js';
import { readCommandLine, USAGE, type PipelineOptions } from './command-line.js';
import { findDocuments } from './find-documents.js';
import { complaintAbout, fingerprintOf, inSeconds, printTable } from './print-report.js';
import type { PipelineRun, Work } from './pipeline-run.js';
import { runInProcesses } from './processes/run-in-processes.js';
import { ResultFolder } from './result-folder.js';
import { runInOneProcess } from './run-in-one-process.js';
import { UsageError } from './usage-error.js';

const paint = paintFor(process.stdout);

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readCommandLine(args);
    if (options.help) process.stdout.write(USAGE);
    return options.help ? 0 : await readDocuments(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n--help shows the options.\n`);
    return 2;
  }
}

async function readDocuments({ folder, documents, processes }: PipelineOptions): Promise<number> {
  const paths = await findDocuments(folder, documents);
  configureLogging({ level: 'error', structured: false, destination: 'stderr' });
  const temporary = await mkdtemp(join(tmpdir(), 'document-pipeline-'));
  try {
    const work = { folder, paths, results: new ResultFolder(await made(join(temporary, 'results'))) };
    if (processes === undefined) {
      say(`${paths.length} documents, in one process\n`);
      return await showOne(work);
    }
    say(`${paths.length} documents, by ${processes} processes and this one\n`);
    const single = { ...work, results: new ResultFolder(await made(join(temporary, 'single'))) };
    return await showMany(work, processes, temporary, single);
  } finally {
    await rm(temporary, { recursive: true });
    await shutdownLogging();
  }
}

async function showOne(work: Work): Promise<number> {
  const run = await runInOneProcess(work);
  const complaint = complaintAbout(run, work.paths.length);
  say(printTable(run.grades, paint));
  if (complaint === undefined) say(`${paint.green('nothing is missing')}, ${summaryOf(run)}`);
  else say(paint.red(complaint));
  return complaint === undefined ? 0 : 1;
}

/** @param single - the same work, for one process to compare with */
async function showMany(work: Work, processes: number, temporary: string, single: Work): Promise<number> {
  const beganMs = performance.now();
  const tell = (text: string): void => say(`${inSeconds(performance.now() - beganMs).padStart(7)}  ${text}`);
  const run = await runInProcesses(work, processes, temporary, tell);
  const one = await runInOneProcess(single);
  const complaint = complaintAbout(run, work.paths.length) ?? complaintAbout(one, single.paths.length);
  const isSame = fingerprintOf(run.grades) === fingerprintOf(one.grades);
  say(`\n${printTable(run.grades, paint)}`);
  const { redelivered, deadLetters, outcome } = run;
  say(`messages that ran again ${redelivered}, results written before ${outcome.again}, dead letters ${deadLetters}`);
  say(`by ${processes} processes  ${summaryOf(run)}`);
  say(`in one process  ${summaryOf(one)}`);
  if (complaint === undefined && isSame && deadLetters === 0) {
    say(paint.green('nothing is missing, and the results are the same'));
    return 0;
  }
  say(paint.red(complaint ?? (isSame ? 'there are dead letters' : 'the results differ')));
  return 1;
}

function summaryOf({ grades, tookMs }: PipelineRun): string {
  return `${grades.length} results ${fingerprintOf(grades)} in ${inSeconds(tookMs)}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function made(folder: string): Promise<string> {
  await mkdir(folder);
  return folder;
}

// A reader that leaves early (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// Not `process.exit`: what was written to a pipe must get there first.
process.exitCode = await main(process.argv.slice(2));
