import type { LinePage, LineRow, StoredRun } from '../../store/index.js';
import type { LineList } from '../api.js';
import type { LineView } from '../api-live.js';

/** Lines of a run, which they all have in common. */
export function lineList({ lines, cursor }: LinePage, run: StoredRun): LineList {
  return { lines: lines.map((line) => lineView(line, run)), cursor: cursor ?? null };
}

function lineView(line: LineRow, { flow, traceId, tenant }: StoredRun): LineView {
  const { atMs, level, logger, message, node, fields } = line;
  return { atMs, level, logger, message, flow, node: node ?? null, traceId, tenant, fields: fields ?? null };
}
