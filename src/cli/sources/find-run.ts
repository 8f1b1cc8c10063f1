import { oneLine } from '../../logging/lines/human/human-text.js';
import type { RunItem } from '../../inspector/api.js';
import { CommandFailure } from '../command-failure.js';
import { EXIT } from '../exit-codes.js';
import type { RunSource } from './run-source.js';

/** Runs on a page, and pages that are looked at for the end of an id. */
const PAGE = 500;
const PAGES = 20;
const WHOLE_ID = 32;
/** As short as the end that lines for people show may be told by. */
const LEAST_OF_END = 4;
const LISTED = 10;
const NUMBER = /^\d{1,16}$/;

/**
 * The newest run of a trace, named by its id, by its beginning, or by the end that lines for people show; or a run by its number.
 * Of the runs of one trace that is the one that nobody called.
 */
export async function findRun(source: RunSource, name: string): Promise<RunItem> {
  const begun = await source.list({ id: name, limit: String(PAGE) });
  if (begun.runs.length > 0) return newest(begun.runs, name);
  if (NUMBER.test(name)) {
    const byNumber = await source.run(Number(name));
    if (byNumber !== undefined) return byNumber.run;
  }
  const ended = name.length >= LEAST_OF_END && name.length < WHOLE_ID ? await endingWith(source, name) : [];
  if (ended.length > 0) return newest(ended, name);
  const hint =
    name.length < WHOLE_ID
      ? `The end of an id is looked for in the newest ${PAGE * PAGES} runs, its beginning in all.`
      : undefined;
  throw new CommandFailure(EXIT.notFound, `There is no run of trace ${JSON.stringify(name)}`, hint);
}

async function endingWith(source: RunSource, name: string): Promise<RunItem[]> {
  const found: RunItem[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const { runs, cursor: next } = await source.list({
      limit: String(PAGE),
      ...(cursor === undefined ? {} : { cursor }),
    });
    found.push(...runs.filter(({ traceId }) => traceId.endsWith(name)));
    if (next === null) break;
    cursor = next;
  }
  return found;
}

function newest(runs: readonly RunItem[], name: string): RunItem {
  const exact = runs.filter(({ traceId }) => traceId === name);
  const left = exact.length > 0 ? exact : runs;
  const traces = new Map(left.map((run) => [run.traceId, run]));
  if (traces.size > 1) {
    const list = [...traces.values()]
      .slice(0, LISTED)
      .map(({ traceId, flow, status }) => `  ${oneLine(traceId)}  ${oneLine(flow)}  ${oneLine(status)}`);
    const more = traces.size > LISTED ? `\n  and ${traces.size - LISTED} more` : '';
    throw new CommandFailure(
      EXIT.usage,
      `${traces.size} traces are called ${name}:\n${list.join('\n')}${more}`,
      'Give more of the id.',
    );
  }
  return left.find(({ parent }) => parent === null) ?? left[0]!;
}
