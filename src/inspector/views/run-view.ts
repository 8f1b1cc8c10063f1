import type { FlowHistory, RunDetail, StoredMessage, StoredRun } from '../../store/index.js';
import type { FlowPicture, MessageItem, RunView } from '../api.js';
import { keptPicture } from './flow-picture.js';
import { lineList } from './line-view.js';
import { attemptView, eventView, runItem } from './run-item.js';
import { newestReplays } from './newest-replays.js';

/** Replays that a run shows, the newest. */
const MOST_REPLAYS = 100;

/** Where a run is looked at, and by whom. */
export interface RunViewer {
  /** The graph of its flow as it is now; undefined where this process has none of its name. */
  readonly picture: FlowPicture | undefined;
  readonly isHere: boolean;
  /** A node may call a flow for another tenant, whose runs are there for those who see that one. */
  readonly maySee: (run: StoredRun) => boolean;
}

/** How a run is shown, but for the process that shows it. */
export async function runView(
  history: FlowHistory,
  detail: RunDetail,
  { picture, isHere, maySee }: RunViewer,
): Promise<Omit<RunView, 'runner'>> {
  const { run, labels, attempts, messages, events, lines, children, cut } = detail;
  const parent = run.parentRun === undefined ? undefined : await history.run({ runId: run.parentRun });
  const replays = (await newestReplays(history, run, MOST_REPLAYS)).toReversed();
  return {
    run: runItem(run),
    labels: labels.map(({ name, value }) => ({ name, value })),
    attempts: attempts.map(attemptView),
    messages: messages.map(messageItem),
    events: events.map(eventView),
    lines: lineList(lines, run),
    children: [...children, ...replays].filter(maySee).map(runItem),
    parent: parent === undefined || !maySee(parent.run) ? null : runItem(parent.run),
    picture: keptPicture(detail.plan, picture),
    cut,
    otelTraceId: otelTraceIdOf(detail),
    here: isHere && run.status === 'running',
  };
}

/** A message in a list: without any of what it holds. */
export function messageItem(message: StoredMessage): MessageItem {
  const { messageId, from, node, type, payloadBytes, notKept } = message;
  return {
    ...{ id: messageId, type },
    from: from ?? null,
    node: node ?? null,
    payloadBytes: payloadBytes ?? null,
    notKept: notKept ?? null,
  };
}

/** Where a tracer of OpenTelemetry stands beside, the lines of the run have its id. */
function otelTraceIdOf({ lines }: RunDetail): string | null {
  for (const { fields } of lines.lines) {
    const [, id] = /"otel_trace_id":"([\da-f]{32})"/.exec(fields ?? '') ?? [];
    if (id !== undefined) return id;
  }
  return null;
}
