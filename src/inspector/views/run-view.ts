import type { FlowHistory, RunDetail, StoredMessage } from '../../store/index.js';
import type { FlowPicture, MessageItem, RunView } from '../api.js';
import { keptPicture } from './flow-picture.js';
import { lineList } from './line-view.js';
import { attemptView, eventView, runItem } from './run-item.js';
import { newestReplays } from './newest-replays.js';

/** Runs of its flow and tenant among which those are looked for that replay it. */
const REPLAYS_AMONG = 200;

/** How a run is shown, but for the process that shows it. */
export async function runView(
  history: FlowHistory,
  detail: RunDetail,
  now: FlowPicture | undefined,
  isHere: boolean,
): Promise<Omit<RunView, 'runner'>> {
  const { run, labels, attempts, messages, events, lines, children, cut } = detail;
  const parent = run.parentRun === undefined ? undefined : await history.run({ runId: run.parentRun });
  const replays = (await newestReplays(history, run, REPLAYS_AMONG)).toReversed();
  return {
    run: runItem(run),
    labels: labels.map(({ name, value }) => ({ name, value })),
    attempts: attempts.map(attemptView),
    messages: messages.map(messageItem),
    events: events.map(eventView),
    lines: lineList(lines, run),
    // A child may be of another tenant only where a node has made it so; whoever sees this one sees that it called.
    children: [...children, ...replays].map(runItem),
    parent: parent === undefined ? null : runItem(parent.run),
    picture: keptPicture(detail.plan, now),
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
