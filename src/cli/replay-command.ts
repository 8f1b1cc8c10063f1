import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';

import { oneLine } from '../logging/lines/human/human-text.js';
import type { ReplayView, RunItem } from '../inspector/api.js';
import { CommandFailure } from './command-failure.js';
import { EXIT } from './exit-codes.js';
import { invalidValue } from './option-values.js';
import { paintFor, type Paint } from './paint.js';
import { statusText, timeText } from './run-text.js';
import { findPlace } from './sources/find-place.js';
import { findRun } from './sources/find-run.js';
import { InspectorClient } from './sources/inspector-client.js';
import { InspectorSource } from './sources/inspector-source.js';
import type { SourceOptions } from './sources/source-options.js';
import type { Terminal } from './terminal.js';
import { wrapWords } from './text-width.js';

/** Options of `penguiflow replay`. */
export interface ReplayOptions extends SourceOptions {
  readonly from?: string;
  readonly force?: true;
  readonly edit?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** Of a plan's nodes. */
const MAX_LINES = 12;
const FROM = /^(?:start|failed|\d{1,9})$/;

/** `penguiflow replay ID` */
export async function replayRun(terminal: Terminal, id: string, options: ReplayOptions): Promise<number> {
  const { from, force = false, dryRun = false, yes = false, json = false } = options;
  if (from !== undefined && !FROM.test(from)) {
    throw invalidValue('--from', 'start, failed or the number of an attempt (its seq in `trace --json`)', from);
  }
  if (options.edit === '-' && !yes && !dryRun) {
    throw new CommandFailure(
      EXIT.usage,
      'Nobody can be asked, as stdin is the payload',
      'Give --yes, or --dry-run to see what would run.',
    );
  }
  const edited = options.edit === undefined ? {} : { payload: await readPayload(terminal, options.edit) };
  const client = new InspectorClient(await findPlace(terminal, options, 'inspector'));
  const { title, actions } = await client.hello();
  const run = await findRun(new InspectorSource(client), id);
  const isEdited = Object.hasOwn(edited, 'payload');
  const plan = await client.get('plan', `runs/${run.id}/replay`, { from, ...(isEdited ? { edited: 'true' } : {}) });
  const paint = paintFor(terminal.colours);
  if (!json) await terminal.print(planText(run, plan, title, terminal.columns, paint));
  if (dryRun) {
    await terminal.print(json ? `${JSON.stringify({ run, plan })}\n` : verdictText(plan, force, paint));
    return isRefused(plan, force) ? EXIT.failed : EXIT.ok;
  }
  mustBeTaken(plan, force);
  if (isEdited && plan.runs !== 1) {
    throw new CommandFailure(
      EXIT.usage,
      `--edit takes the place of one message, and there are ${plan.runs} to put in`,
      'Begin with one attempt: --from SEQ, a seq of `trace --json`.',
    );
  }
  if (!actions.includes('replay')) {
    const hint = "Its program has to allow it: createInspector({ actions: ['replay'] }).";
    throw new CommandFailure(EXIT.unreachable, `The inspector of ${oneLine(title)} does not allow to replay`, hint);
  }
  if (!yes) {
    // Whoever is asked has to see it, whatever goes to stdout.
    if (json) terminal.note(planText(run, plan, title, terminal.columns, paintFor(terminal.noteColours)).trimEnd());
    if (!(await isConfirmed(terminal))) {
      terminal.note('Nothing was run.');
      return EXIT.failed;
    }
  }
  const answer = await client.replay({ run: run.id, from: plan.from, force, ...edited });
  await terminal.print(json ? `${JSON.stringify({ run, plan, replay: answer.run })}\n` : doneText(answer.run, paint));
  return EXIT.ok;
}

function isRefused({ impossible, reasons }: ReplayView, force: boolean): boolean {
  return impossible.length > 0 || (reasons.length > 0 && !force);
}

/** @throws CommandFailure */
function mustBeTaken(plan: ReplayView, force: boolean): void {
  if (!isRefused(plan, force)) return;
  const isImpossible = plan.impossible.length > 0;
  const why = (isImpossible ? plan.impossible : plan.reasons).map(oneLine).join('; ');
  const hint = isImpossible ? undefined : 'Use --force if that is right.';
  throw new CommandFailure(EXIT.failed, `It is refused: ${why}`, hint);
}

/** @throws CommandFailure */
async function readPayload(terminal: Terminal, file: string): Promise<unknown> {
  let json: string;
  try {
    json = file === '-' ? await text(terminal.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `${file} cannot be read: ${(error as Error).message}`);
  }
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    throw new CommandFailure(EXIT.usage, `${file} is no JSON: ${(error as Error).message}`);
  }
}

async function isConfirmed(terminal: Terminal): Promise<boolean> {
  if (!terminal.isInteractive || !terminal.stdin.isTTY) {
    throw new CommandFailure(EXIT.usage, 'Nobody is there to ask', 'Give --yes, or --dry-run to see what would run.');
  }
  const reader = createInterface({ input: terminal.stdin, output: process.stdout });
  try {
    // Ctrl+C, Ctrl+D and a terminal that goes away close it, and are no answer.
    const answers = new AbortController();
    reader.once('close', () => answers.abort());
    const answer = await reader.question('Run it? [y/N] ', { signal: answers.signal }).catch(() => '');
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    reader.close();
  }
}

function planText(run: RunItem, plan: ReplayView, title: string, columns: number, paint: Paint): string {
  const { bold, dim, yellow, red } = paint;
  const nodes = plan.nodes.map(oneLine).join(', ');
  const lines = [
    `${bold(oneLine(run.flow))}  ${statusText(run.status, paint)}  ${timeText(run.startedMs)}  ${dim(oneLine(run.traceId))}`,
    ...wrapWords(
      `from ${oneLine(plan.from)}, in ${oneLine(title)}. ${nodes === '' ? 'No node would run.' : `These nodes run for real: ${nodes}`}`,
      columns,
      MAX_LINES,
    ),
  ];
  const say = (what: string, names: readonly string[]): void => {
    if (names.length > 0) lines.push(yellow(`${what}: ${names.map(oneLine).join(', ')}`));
  };
  if (plan.runs > 1) lines.push(yellow(`${plan.runs} new runs: each message that came in becomes one`));
  say('get nothing, as they had begun nothing', plan.notBegun);
  say('changed since', plan.changed);
  // Nodes that must not run twice, and those that lack a part, are among these.
  const overcome = plan.reasons.filter((each) => !plan.impossible.includes(each));
  for (const reason of overcome) lines.push(yellow(oneLine(reason)));
  for (const reason of plan.impossible) lines.push(red(oneLine(reason)));
  if (plan.parent !== null) {
    lines.push(
      yellow(`${oneLine(plan.parent.flow)} called it and gets nothing of this: replay run ${plan.parent.id} for that`),
    );
  }
  return `${lines.join('\n')}\n`;
}

function verdictText(plan: ReplayView, force: boolean, { red, yellow }: Paint): string {
  if (!isRefused(plan, force)) return '';
  return plan.impossible.length > 0
    ? `${red('This cannot be done.')}\n`
    : `${yellow('It is refused without --force.')}\n`;
}

function doneText(run: RunItem | null, paint: Paint): string {
  if (run === null) return 'It has begun, and its run is not there yet.\n';
  return `${statusText(run.status, paint)}  run ${run.id}  penguiflow trace ${oneLine(run.traceId)}\n`;
}
