import { Command, CommanderError, Option } from 'commander';

import { EXIT } from './exit-codes.js';
import { packageManifest } from './package-manifest.js';
import { sayFailure } from './say-failure.js';
import type { Terminal } from './terminal.js';

const STATUSES = ['running', 'succeeded', 'failed', 'deadline', 'cancelled', 'stopped', 'rejected', 'interrupted'];

type Run = (...args: never[]) => Promise<number>;

/** Runs a command. @returns the exit code */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  const outcome = { exitCode: EXIT.ok as number };
  try {
    await programFor(terminal, outcome).parseAsync(args, { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return sayFailure(terminal, error);
  }
}

/** All commands; what each needs is loaded when it runs. */
function programFor(terminal: Terminal, outcome: { exitCode: number }): Command {
  const act =
    (load: () => Promise<Run>) =>
    async (...args: unknown[]): Promise<void> => {
      const run = (await load()) as (...args: unknown[]) => Promise<number>;
      // The last argument is the command itself.
      outcome.exitCode = await run(terminal, ...args.slice(0, -1));
    };
  const program = new Command('penguiflow')
    .description('Looks at flows of penguiflow: their logs, runs, graphs and live numbers.')
    .version(packageManifest().version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help on a command')
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(--help says what there is)')
    .configureOutput({
      getOutHasColors: () => terminal.colours,
      getErrHasColors: () => terminal.noteColours,
      getOutHelpWidth: () => Math.min(terminal.columns, 110),
    })
    .configureHelp({ styleTitle: (title) => (terminal.colours ? `\u001b[1m${title}\u001b[22m` : title) });

  program
    .command('logs')
    .description('print log lines for people: files, .gz, or what comes in')
    .argument('[files...]', 'files of JSON lines; - is stdin')
    .option('--trace <id>', 'lines of a trace: its id, its beginning or its end')
    .option('--node <name>', 'lines of a node: Price, or Orders.Price')
    .option('--flow <name>', 'lines of a flow')
    .option('--level <level>', 'this level and above: error, warn, info, debug')
    .option('--tenant <name>', 'lines of a tenant')
    .option('--event <type>', 'lines of an event: node_failed, trace_end …')
    .option('--since <time>', 'from then on: 15m (ago), or 2026-11-22T16:47')
    .option('--grep <regex>', 'lines that match')
    .option('--json', 'lines of JSON, in the flat format')
    .option('-f, --follow', 'go on as files grow, are emptied, or make room for others')
    .option('-n, --lines <count>', 'with --follow: begin with the last lines')
    .option('--all', 'all fields of each line')
    .option('--full-ids', 'whole ids')
    .action(act(async () => (await import('./logs/logs-command.js')).showLogs as Run));

  sourced(program.command('trace'))
    .description('draw a run over its time: why it failed, and where it waited')
    .argument('<id>', 'of the trace: its id, its beginning or its end; or the number of a run')
    .argument('[files...]', 'log files to take it from; - is stdin')
    .option('--logs', 'with its log lines')
    .option('--json', 'as JSON')
    .option('--all', 'all attempts, however many')
    .action(act(async () => (await import('./trace/trace-command.js')).showTrace as Run));

  sourced(program.command('traces'))
    .description('list runs, newest first')
    .option('--flow <name>', 'of a flow')
    .option('--failed', 'those that failed')
    .addOption(new Option('--status <status>', 'as it stands').choices(STATUSES))
    .option('--tenant <name>', 'of a tenant')
    .option('--label <name=value>', 'with a label')
    .option('--node <name>', 'whose first failure was there')
    .option('--code <code>', 'whose first failure was that: NODE_TIMEOUT …')
    .option('--text <text>', 'whose error says that')
    .option('--since <time>', 'started from then on: 15m (ago), or 2026-11-22T16:47')
    .option('--until <time>', 'started before')
    .option('--slower <duration>', 'took at least so long: 500ms, 2s')
    .addOption(new Option('-n, --limit <count>', 'how many').default('50'))
    .option('--json', 'a line of JSON for each')
    .action(act(async () => (await import('./traces-command.js')).listTraces as Run));

  program
    .command('graph')
    .description('draw the flows of a compiled module')
    .argument('<module>', 'dist/orders.js, or dist/orders.js#Orders for one of its flows')
    .addOption(new Option('--format <format>', 'what to draw').choices(['tree', 'mermaid', 'dot']).default('tree'))
    .addOption(
      new Option('--direction <direction>', 'of mermaid and dot').choices(['TB', 'BT', 'LR', 'RL']).default('TB'),
    )
    .action(act(async () => (await import('./graph/graph-command.js')).showGraph as Run));

  appOptions(program.command('top'))
    .description('watch the nodes of an application that runs')
    .option('--flow <name>', 'one of its flows')
    .option('--json', 'a line of JSON each second')
    .option('-n, --count <count>', 'with --json: end after so many lines')
    .action(act(async () => (await import('./top/top-command.js')).showTop as Run));

  sourced(program.command('inspect'))
    .description('print the URL of the inspector of an application that runs, or serve a store to look at')
    .option('--port <port>', 'serve the store there')
    .action(act(async () => (await import('./inspect-command.js')).openInspector as Run));

  appOptions(storeOptions(program.command('replay'), true))
    .description('run again what failed, in the application that runs')
    .argument('<id>', 'of the trace: its id, its beginning or its end; or the number of a run')
    .option('--from <where>', 'start, failed, or the number of an attempt')
    .option('--edit <file>', 'a file of JSON that takes the place of the payload; - is stdin')
    .option('--force', 'although nodes are not to be run twice, or joins may lack a part')
    .option('--dry-run', 'only say what would run')
    .option('-y, --yes', 'without asking')
    .option('--json', 'as JSON')
    .action(act(async () => (await import('./replay-command.js')).replayRun as Run));

  const store = program.command('store').description('look after a store');
  storeOptions(store.command('stats'))
    .description('what it holds')
    .option('--json', 'as JSON')
    .action(act(async () => (await import('./store-command.js')).showStats as Run));
  storeOptions(store.command('migrate'))
    .description('make its tables, or bring them to this version')
    .action(act(async () => (await import('./store-command.js')).migrateStore as Run));
  storeOptions(store.command('prune'))
    .description('delete runs: succeeded ones before failed ones, oldest first')
    .option('--success <duration>', 'older than that, of those that succeeded: 7d')
    .option('--failed <duration>', 'older than that, of all others: 30d')
    .option('--max-runs <count>', 'more than so many')
    .option('--max-bytes <size>', 'more than that: 500M, 2G')
    .option('--json', 'as JSON')
    .action(act(async () => (await import('./store-command.js')).pruneStore as Run));

  program
    .command('init')
    .description('make a project: a flow of two nodes, logging, a test')
    .argument('[dir]', 'its folder, this one unless named')
    .addOption(new Option('--nest', 'an application of NestJS').conflicts(['store', 'distributed']))
    .addOption(new Option('--store', 'with a history in an SQLite file').conflicts(['nest', 'distributed']))
    .addOption(new Option('--distributed', 'comes later'))
    .option('--force', 'also where the folder is not empty; what is replaced is kept beside it')
    .action(act(async () => (await import('./init/init-command.js')).initProject as Run));

  return program;
}

/** Where runs are: a store, or an application that runs. */
function sourced(command: Command): Command {
  return appOptions(storeOptions(command));
}

/** @param hidden - a store will not do, and the command says so */
function storeOptions(command: Command, hidden = false): Command {
  return command
    .addOption(new Option('--store <place>', 'a file of SQLite, or postgres://…').hideHelp(hidden))
    .addOption(new Option('--schema <name>', 'of that database').hideHelp(hidden));
}

function appOptions(command: Command): Command {
  return command
    .option('--url <url>', 'of an inspector')
    .option('--token <token>', 'for that URL')
    .option('--app <name>', 'title or pid of one of several applications that run here');
}
