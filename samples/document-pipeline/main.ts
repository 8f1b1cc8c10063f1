import 'reflect-metadata';

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { configureLogging, shutdownLogging } from 'penguiflow';

import { paintFor } from '../shared/paint.js';
import { readCommandLine, USAGE, type PipelineOptions } from './command-line.js';
import { findDocuments } from './find-documents.js';
import { complaintAbout, fingerprintOf, inSeconds, printTable } from './print-report.js';
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

async function readDocuments({ folder, documents }: PipelineOptions): Promise<number> {
  const paths = await findDocuments(folder, documents);
  configureLogging({ level: 'error', structured: false, destination: 'stderr' });
  const temporary = await mkdtemp(join(tmpdir(), 'document-pipeline-'));
  try {
    const results = new ResultFolder(await made(join(temporary, 'results')));
    process.stdout.write(`${paths.length} documents, in one process\n\n`);
    const run = await runInOneProcess({ folder, paths, results });
    const complaint = complaintAbout(run, paths.length);
    process.stdout.write(`${printTable(run.grades, paint)}\n`);
    process.stdout.write(
      complaint === undefined
        ? `${paint.green('nothing is missing')}, ${inSeconds(run.tookMs)}, results ${fingerprintOf(run.grades)}\n`
        : `${paint.red(complaint)}\n`,
    );
    return complaint === undefined ? 0 : 1;
  } finally {
    await rm(temporary, { recursive: true });
    await shutdownLogging();
  }
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
