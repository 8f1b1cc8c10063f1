#!/usr/bin/env node
import { runCommandLine } from './program.js';
import { processTerminal } from './terminal.js';

// Whoever reads has seen enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});
process.stderr.on('error', () => undefined);

// Not waited for: connections and threads that a command has left behind would keep the process.
void runCommandLine(process.argv.slice(2), processTerminal(process)).then((exitCode) => {
  process.exitCode = exitCode;
  process.stdout.write('', () => process.exit());
});
