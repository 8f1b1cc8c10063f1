import 'reflect-metadata';

import { configureLogging, loggingStats, shutdownLogging } from 'penguiflow';
import { FlowHistory, sqliteStore } from 'penguiflow/store';
import winston from 'winston';

import { ORDER_IN_QUESTION } from './bank/bank-mood.js';
import { readCommandLine, USAGE, UsageError, type IncidentOptions } from './command-line.js';
import { inspectIncident, untilInterrupted } from './inspect-incident.js';
import { readOrders } from './read-orders.js';
import { linesOf } from './report/explain-trace.js';
import { LiveOutput } from './report/live-output.js';
import { paintFor } from '../shared/paint.js';
import { jsonReport, printReport, type IncidentReport } from './report/print-report.js';
import { runIncident, traceOf } from './run-incident.js';

const DEFAULT_COLUMNS = 120;
/** What a shell gives a program that Ctrl-C ended. */
const INTERRUPTED = 130;

async function main(args: readonly string[]): Promise<number> {
  let options: IncidentOptions;
  try {
    options = readCommandLine(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n--help shows the options.\n`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  return showIncident(options);
}

async function showIncident(options: IncidentOptions): Promise<number> {
  const paint = paintFor(process.stdout);
  const columns = process.stdout.columns ?? (Number(process.env['COLUMNS']) || DEFAULT_COLUMNS);
  const output = new LiveOutput(process.stdout, paint);
  // What needs a look goes to the terminal, in words; everything goes to the file, as JSON.
  const history = new FlowHistory(sqliteStore({ file: options.history }));
  configureLogging({
    level: 'warn',
    structured: false,
    destination: options.json ? 'none' : output,
    columns,
    transports: [
      new winston.transports.File({ filename: options.log, level: 'debug', format: winston.format.json() }),
      history.logTransport(),
    ],
  });
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());

  const orders = readOrders();
  const shown = options.inspect ? await inspectIncident(history) : undefined;
  const result = await runIncident(
    options.seed,
    orders,
    (done, tally) => output.show(done, orders.length, tally),
    interrupt.signal,
    history,
    (flow) => {
      if (shown === undefined) return;
      shown.inspector.add(flow);
      process.stdout.write(`Inspector  ${shown.url}\n`);
    },
  );
  await history.flush();
  await shutdownLogging();
  output.finish();
  const lines = await linesOf(options.log, traceOf(ORDER_IN_QUESTION));
  const question = { order: ORDER_IN_QUESTION, lines };
  const report: IncidentReport = { options, total: orders.length, result, question, logging: loggingStats() };
  const text = options.json ? `${JSON.stringify(jsonReport(report), null, 2)}\n` : printReport(report, paint, columns);
  process.stdout.write(text);
  const isInterrupted = interrupt.signal.aborted;
  if (shown !== undefined && !isInterrupted) {
    const link = await shown.linkTo(traceOf(ORDER_IN_QUESTION));
    process.stdout.write(`\nWhy order ${ORDER_IN_QUESTION} failed, in the inspector (Ctrl-C ends it):\n${link}\n`);
    await untilInterrupted(interrupt.signal);
  }
  await shown?.inspector.close();
  await history.close();
  if (isInterrupted) return INTERRUPTED;
  return result.tally.ends.size === orders.length && report.logging.dropped === 0 ? 0 : 1;
}

// A reader that leaves early (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// Not `process.exit`: what was written to a pipe must get there first.
process.exitCode = await main(process.argv.slice(2));
