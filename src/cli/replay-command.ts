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

/** Options of `penguiflow replay`. */
export interface ReplayOptions extends SourceOptions {
  readonly from?: string;
  readonly force?: true;
  readonly edit?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

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
  const isRefused = plan.impossible.length > 0 || (plan.reasons.length > 0 && !force);
  if (!json) await terminal.print(planText(run, plan, title, paint));
  // Whoever is asked has to see it, whatever goes to stdout.
  else if (!dryRun && !yes) terminal.note(planText(run, plan, title, paintFor(terminal.noteColours)).trimEnd());
  if (dryRun) {
    if (json) await terminal.print(`${JSON.stringify({ run, plan })}\n`);
    return isRefused ? EXIT.failed : EXIT.ok;
  }
  if (isRefused) {
    const isImpossible = plan.impossible.length > 0;
    const why = (isImpossible ? plan.impossible : plan.reasons).join('; ');
    throw new CommandFailure(
      EXIT.failed,
      `It is refused: ${why}`,
      isImpossible ? undefined : 'Use --force if that is right.',
    );
  }
  if (isEdited && plan.runs !== 1) {
    throw new CommandFailure(
      EXIT.usage,
      `--edit takes the place of one message, and there are ${plan.runs} to put in`,
      'Begin with one attempt: --from SEQ, a seq of `trace --json`.',
    );
  }
  if (!actions.includes('replay')) {
    const hint = "Its program has to allow it: createInspector({ actions: ['replay'] }).";
    throw new CommandFailure(EXIT.unreachable, `The inspector of ${title} does not allow to replay`, hint);
  }
  if (!yes && !(await isConfirmed(terminal))) {
    terminal.note('Nothing was run.');
    return EXIT.failed;
  }
  const answer = await client.replay({ run: run.id, from: plan.from, force, ...edited });
  await terminal.print(json ? `${JSON.stringify({ run, plan, replay: answer.run })}\n` : doneText(answer.run, paint));
  return EXIT.ok;
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

function planText(run: RunItem, plan: ReplayView, title: string, paint: Paint): string {
  const { bold, dim, yellow, red } = paint;
  const lines = [
    `${bold(oneLine(run.flow))}  ${statusText(run.status, paint)}  ${timeText(run.startedMs)}  ${dim(oneLine(run.traceId))}`,
    `from ${oneLine(plan.from)}, in ${oneLine(title)}. These nodes run for real: ${plan.nodes.map(oneLine).join(', ')}`,
  ];
  const say = (what: string, names: readonly string[]): void => {
    if (names.length > 0) lines.push(yellow(`${what}: ${names.map(oneLine).join(', ')}`));
  };
  if (plan.runs > 1) lines.push(yellow(`${plan.runs} new runs: each message that came in becomes one`));
  say('get nothing, as they had begun nothing', plan.notBegun);
  say('not to be run twice', plan.notReplayable);
  say('cannot be complete', plan.incomplete);
  say('changed since', plan.changed);
  for (const reason of plan.reasons.filter((each) => !plan.impossible.includes(each))) lines.push(yellow(oneLine(reason)));
  for (const reason of plan.impossible) lines.push(red(oneLine(reason)));
  if (plan.parent !== null) {
    lines.push(
      yellow(`${oneLine(plan.parent.flow)} called it and gets nothing of this: replay run ${plan.parent.id} for that`),
    );
  }
  return `${lines.join('\n')}\n`;
}

function doneText(run: RunItem | null, paint: Paint): string {
  if (run === null) return 'It has begun, and its run is not there yet.\n';
  return `${statusText(run.status, paint)}  run ${run.id}  penguiflow trace ${oneLine(run.traceId)}\n`;
}
