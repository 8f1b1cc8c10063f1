#!/usr/bin/env node
import { setImmediate } from 'node:timers/promises';

import { EXIT } from './exit-codes.js';
import { runCommandLine } from './program.js';
import { processTerminal } from './terminal.js';

const terminal = processTerminal(process);
let hasEnded = false;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  hasEnded = true;
  // Whoever reads has seen enough, as `head` has.
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  terminal.note(`error: Nothing more can be written to stdout: ${error.message}`);
  process.exit(EXIT.failed);
});
process.stderr.on('error', () => undefined);
// A module that is loaded may end the process, and what it waits for may never come: neither is a success.
process.on('exit', (exitCode) => {
  if (hasEnded || exitCode !== EXIT.ok) return;
  process.exitCode = EXIT.failed;
  terminal.note('error: The process has ended before the command was done');
});

async function main(): Promise<void> {
  process.exitCode = await runCommandLine(process.argv.slice(2), terminal);
  await terminal.flushed();
  // The error of what could not be written comes only now.
  await setImmediate();
  hasEnded = true;
  // Not waited for: connections and threads that a command has left behind would keep the process.
  process.exit();
}

void main();
