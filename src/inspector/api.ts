import type { LineView, LiveHistory } from './api-live.js';

/**
 * What the inspector's server and its page say to each other: JSON under `api/`, relative to where the inspector is mounted. Times are in
 * milliseconds since the epoch (`…Ms`), durations in milliseconds; what is not known is `null`, never left out.
 *
 * | request | answer |
 * |---|---|
 * | `GET api/hello` | {@link Hello} |
 * | `GET api/flows` | {@link FlowPicture}[] |
 * | `GET api/stream?flow=&lines=` | server-sent events, `StreamEvents` of api-live.ts; `lines` = lowest level of the live tail, left out = none |
 * | `GET api/runs?…` ({@link RunSearch}) | {@link RunList} |
 * | `GET api/runs/ID` | {@link RunView} |
 * | `GET api/runs/ID/lines?cursor=&limit=` | {@link LineList} |
 * | `GET api/runs/ID/messages/MESSAGE?bytes=` | {@link MessageView} |
 * | `GET api/runs/ID/replay?from=&edited=` | {@link ReplayView}: the plan, nothing is done; `edited=true`: with another payload |
 * | `GET api/store` | {@link StoreView} |
 * | `POST api/cancel` {@link CancelRequest} | {@link ActionAnswer} |
 * | `POST api/replay` {@link ReplayRequest} | {@link ActionAnswer} |
 *
 * Whatever goes wrong is {@link Refusal} with its status: 400 invalid, 401 no or a wrong token, 403 not allowed, 404 not found,
 * 405 method, 409 of another process, 413 too large, 415 no JSON, 421 foreign host, 429 too many wrong tokens, 503 too many clients, or closed.
 */
export const API_VERSION = 1;

/** What a caller may do. */
export type InspectorAction = 'cancel' | 'replay';

/** A process that runs flows, or did. */
export interface RunnerView {
  readonly host: string;
  readonly pid: number;
  readonly startedMs: number;
  /** Its number in the store; null when it has none. */
  readonly runner: number | null;
}

/** Every answer bears the process that gave it. */
export interface Answered {
  readonly runner: RunnerView;
}

export interface Hello extends Answered {
  readonly app: 'penguiflow';
  readonly api: number;
  readonly version: string;
  readonly title: string;
  /** Of this start of the inspector; a discovery file has the same. */
  readonly nonce: string;
  readonly subject: string | null;
  readonly actions: readonly InspectorAction[];
  /** Tenants that the caller may see; null = all. */
  readonly tenants: readonly string[] | null;
  /** Names of the flows of this process. */
  readonly flows: readonly string[];
  /** `memory`: what this process remembers; `store`: a history; `none`: nothing is recorded. */
  readonly history: 'memory' | 'store' | 'none';
}

/** The graph of a flow, with what does not change while it runs. */
export interface FlowPicture {
  readonly name: string;
  readonly nodes: readonly NodePicture[];
  readonly edges: readonly EdgePicture[];
  /** Capacity of each queue; 0 = unbounded. */
  readonly queueMaxsize: number;
}

export interface NodePicture {
  readonly name: string;
  readonly className: string;
  readonly ingress: boolean;
  readonly egress: boolean;
  /** `join`, `collect` or null. */
  readonly gathers: string | null;
  readonly replayable: boolean;
  readonly policy: {
    readonly concurrency: number;
    readonly timeoutS: number | null;
    readonly maxRetries: number;
    readonly backoffBaseS: number;
    readonly maxPerS: number | null;
    readonly ordered: boolean;
  };
}

export interface EdgePicture {
  readonly from: string;
  readonly to: string;
  readonly kind: 'all' | 'class' | 'when' | 'otherwise';
  /** The class that it takes, for `class`. */
  readonly label: string | null;
}

/** The query of `api/runs`. All that is given must hold. */
export interface RunSearch {
  readonly flow?: string;
  readonly status?: string;
  readonly tenant?: string;
  /** The beginning of a trace id, or all of it. */
  readonly id?: string;
  /** `name:value`. */
  readonly label?: string;
  readonly node?: string;
  readonly code?: string;
  readonly fromMs?: string;
  readonly toMs?: string;
  readonly minMs?: string;
  /** Part of what the error of a failed run says, whatever the case of its letters. */
  readonly text?: string;
  readonly cursor?: string;
  readonly limit?: string;
}

export interface RunList extends Answered {
  readonly runs: readonly RunItem[];
  readonly cursor: string | null;
  /** Set when the search stopped before the end: runs that started after this were looked at. */
  readonly searchedToMs: number | null;
  readonly count: { readonly runs: number; readonly exact: boolean } | null;
  /** Runs by status under the other filters, as far as counters know; null where they do not. */
  readonly byStatus: Readonly<Record<string, number>> | null;
}

export interface RunItem {
  /** Number of the run in the store. */
  readonly id: number;
  readonly flow: string;
  readonly traceId: string;
  readonly tenant: string;
  readonly kind: string;
  readonly status: string;
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly attempts: number;
  readonly retries: number;
  readonly errorCode: string | null;
  readonly errorNode: string | null;
  readonly errorMessage: string | null;
  readonly replayOf: number | null;
  readonly parent: number | null;
  readonly rowsLeftOut: number;
  readonly pinned: boolean;
  /** Of a flow in several processes; null for one of a single process. */
  readonly part: PartItem | null;
}

/** What a run has to do with others, in other processes. */
export interface PartItem {
  readonly root: string;
  /** The group that its message came to, and who worked on it; null for the run of a client. */
  readonly group: string | null;
  readonly worker: string | null;
  /** 0 for the first delivery of its message. */
  readonly redelivered: number;
}

export interface RunView extends Answered {
  readonly run: RunItem;
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  readonly attempts: readonly AttemptView[];
  readonly messages: readonly MessageItem[];
  readonly events: readonly EventView[];
  readonly lines: LineList;
  /** Runs that its nodes called, and those that replay it, as far as the caller may see them. */
  readonly children: readonly RunItem[];
  readonly parent: RunItem | null;
  /** The graph as it was then; null when it is not kept. */
  readonly picture: FlowPicture | null;
  /** There was more than is shown. */
  readonly cut: boolean;
  /** The id of its OpenTelemetry trace; null when nobody knows it. */
  readonly otelTraceId: string | null;
  /** It runs in this process, so that it can be cancelled. */
  readonly here: boolean;
}

export interface AttemptView {
  readonly seq: number;
  readonly node: string;
  /** 0 for the first on its message. */
  readonly attempt: number;
  readonly parentSeq: number | null;
  readonly messageId: string | null;
  readonly sentMs: number;
  readonly startedMs: number;
  readonly endedMs: number | null;
  /** `running`, `succeeded`, `failed`, `timeout`, `cancelled`. */
  readonly outcome: string;
  readonly queuedIn: number;
  readonly errorCode: string | null;
  readonly error: string | null;
}

export interface MessageItem {
  readonly id: string;
  readonly from: string | null;
  readonly node: string | null;
  readonly type: string;
  readonly payloadBytes: number | null;
  readonly notKept: string | null;
}

/** A look at a message, redacted. */
export interface MessageView extends MessageItem, Answered {
  /** JSON, cut after `bytes` (2,048 unless asked for more, 65,536 at most); null when nothing can be shown. */
  readonly preview: string | null;
  readonly cut: boolean;
  readonly meta: string | null;
}

export interface EventView {
  readonly atMs: number;
  readonly type: string;
  readonly node: string | null;
  readonly attemptSeq: number | null;
  readonly detail: string | null;
}

export interface LineList {
  readonly lines: readonly LineView[];
  readonly cursor: string | null;
}

/** What a replay would do, or why it would not. */
export interface ReplayView extends Answered {
  readonly from: string;
  /** New runs that it takes: one per message that is put in. */
  readonly runs: number;
  readonly nodes: readonly string[];
  /** Ingress nodes that had begun nothing when the run ended: they get nothing. */
  readonly notBegun: readonly string[];
  readonly notReplayable: readonly string[];
  readonly incomplete: readonly string[];
  readonly changed: readonly string[];
  /** Why it is refused; empty when it is not. */
  readonly reasons: readonly string[];
  /** Those that `force` does not overcome. */
  readonly impossible: readonly string[];
  readonly parent: RunItem | null;
}

export interface StoreView extends Answered {
  /** As in {@link Hello}. */
  readonly history: 'memory' | 'store' | 'none';
  readonly live: LiveHistory;
  /** This and what is counted below is of all tenants: null for callers that see some only. */
  readonly runs: number | null;
  readonly running: number | null;
  readonly pinned: number | null;
  readonly attempts: number | null;
  readonly payloadBytes: number | null;
  readonly bytes: number | null;
  readonly correctedClaims: number | null;
  readonly batches: number | null;
  readonly interrupted: number | null;
  /** What is kept: the options of the history, as text. */
  readonly settings: readonly { readonly name: string; readonly value: string }[];
  /** This process first; no others for callers that see some tenants only. */
  readonly runners: readonly RunnerView[];
}

export interface CancelRequest {
  readonly flow: string;
  readonly traceId: string;
  readonly tenant: string;
}

export interface ReplayRequest {
  readonly run: number;
  /** `start`, `failed`, or the `seq` of an attempt. */
  readonly from: string;
  readonly force?: boolean;
  /** Takes the place of the payload, where one message is put in; the node validates it. Left out = the payload that is kept. */
  readonly payload?: unknown;
}

export interface ActionAnswer extends Answered {
  readonly done: true;
  /** Of a replay: the run that it made, once it has begun. */
  readonly run: RunItem | null;
}

export interface ActionTaken extends Answered {
  readonly atMs: number;
  readonly action: InspectorAction;
  readonly subject: string | null;
  readonly flow: string;
  readonly traceId: string;
}

export interface Refusal extends Answered {
  readonly error: {
    /** A code of `FlowError` where there is one, else of HTTP: `FORBIDDEN`, `NOT_FOUND` … */
    readonly code: string;
    readonly message: string;
  };
}
