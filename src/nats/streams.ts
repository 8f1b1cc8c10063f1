import { FlowError } from '../index.js';
import type { WholePlan } from '../distributed/carrier/carrier-times.js';
import type { QueuePlan } from '../distributed/index.js';
import type { ApiError, NatsLine } from './nats-line.js';
import type { Names } from './names.js';

const NS_PER_S = 1e9;
const GIB = 2 ** 30;
/** Ids of records and documents are known for that long. */
const SHARED_DEDUPE_S = 120;
const LETTERS_S = 14 * 86_400;
const MARKS_S = 14 * 86_400;
const CANCELS_S = 3_600;
const MOST_CANCELS = 100_000;
const MOST_LETTERS = 100_000;
const MOST_MARKS = 1_000_000;
const NAME_IN_USE = 10_058;
const NOT_FOUND = [10_059, 10_014];

/** A stream as the server has it; what is not named here is left as it is. */
export interface StreamConfig {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly retention: 'limits' | 'workqueue';
  readonly storage: 'file';
  readonly num_replicas: number;
  readonly discard: 'new' | 'old';
  readonly discard_new_per_subject?: boolean;
  readonly max_msgs_per_subject: number;
  readonly max_msgs: number;
  readonly max_bytes: number;
  /** In nanoseconds. */
  readonly max_age: number;
  /** In nanoseconds. */
  readonly duplicate_window: number;
  readonly deny_purge: boolean;
  readonly max_msg_size: number;
  readonly max_consumers: number;
}

interface StreamInfo {
  readonly config: StreamConfig;
  readonly state: { readonly last_seq: number; readonly subjects?: Readonly<Record<string, number>> };
}

/** A consumer as the server has it. */
export interface ConsumerInfo {
  readonly config: { readonly ack_wait: number; readonly max_ack_pending: number; readonly description?: string };
  readonly num_pending: number;
  readonly num_ack_pending: number;
}

/** The streams that all flows of a namespace share. */
export function sharedStreams(names: Names, replicas: number, keepS: number): readonly StreamConfig[] {
  const shared = (name: string, subjects: readonly string[], more: Partial<StreamConfig>): StreamConfig => ({
    ...base(name, subjects, replicas),
    duplicate_window: SHARED_DEDUPE_S * NS_PER_S,
    ...more,
  });
  const [answersNs, cancelsNs] = [keepS * NS_PER_S, CANCELS_S * NS_PER_S];
  const answers = {
    max_age: answersNs,
    max_bytes: GIB,
    duplicate_window: Math.min(answersNs, SHARED_DEDUPE_S * NS_PER_S),
  };
  return [
    shared(names.stream('R'), [names.subject('answers', '>')], answers),
    shared(names.stream('X'), [names.subject('cancels', '>')], { max_age: cancelsNs, max_msgs: MOST_CANCELS }),
    shared(
      names.stream('DOC'),
      ['doc', 'plan', 'clock'].map((kind) => names.subject(kind as 'doc', '>')),
      {
        max_msgs_per_subject: 1,
      },
    ),
    shared(names.stream('M'), [names.subject('mark', '>')], {
      max_msgs_per_subject: 1,
      max_age: MARKS_S * NS_PER_S,
      max_msgs: MOST_MARKS,
    }),
    shared(names.stream('D'), [names.subject('dead', '>')], { max_age: LETTERS_S * NS_PER_S, max_msgs: MOST_LETTERS }),
  ];
}

/** The stream with the messages of a flow. On one server each subject holds one message: a queue has as many subjects as its bound says. */
export function workStream(names: Names, plan: WholePlan, queues: readonly string[], replicas: number): StreamConfig {
  const places = replicas === 1 ? { discard_new_per_subject: true, max_msgs_per_subject: 1 } : {};
  return {
    ...base(
      names.workStream(plan.flow),
      // A stream has a subject, whatever the plan says.
      ['_', ...queues].map((queue) =>
        queue === '_' ? names.queue(plan.flow, '_') : `${names.queue(plan.flow, queue)}.>`,
      ),
      replicas,
    ),
    retention: 'workqueue',
    discard: 'new',
    duplicate_window: plan.dedupeS * NS_PER_S,
    deny_purge: true,
    ...places,
  };
}

export function consumerConfig(names: Names, { flow, leaseS }: WholePlan, queue: QueuePlan): object {
  return {
    durable_name: names.consumer(queue.queue),
    // Senders read it together with what the queue holds.
    description: JSON.stringify({ bound: queue.bound }),
    ack_policy: 'explicit',
    ack_wait: leaseS * NS_PER_S,
    max_deliver: -1,
    max_ack_pending: queue.lane === undefined ? queue.maxInFlight : 1,
    filter_subject: `${names.queue(flow, queue.queue)}.>`,
    deliver_policy: 'all',
    replay_policy: 'instant',
    max_waiting: 2_048,
  };
}

export async function streamInfo(line: NatsLine, stream: string, subjects?: string): Promise<StreamInfo | undefined> {
  const query = subjects === undefined ? undefined : { subjects_filter: subjects };
  return found(await line.api<StreamInfo>(`STREAM.INFO.${stream}`, query));
}

export async function consumerInfo(
  line: NatsLine,
  stream: string,
  consumer: string,
): Promise<ConsumerInfo | undefined> {
  return found(await line.api<ConsumerInfo>(`CONSUMER.INFO.${stream}.${consumer}`));
}

/** Makes a stream, or has an existing one be so. */
export async function ensureStream(line: NatsLine, wanted: StreamConfig): Promise<void> {
  const existing = await streamInfo(line, wanted.name);
  if (existing === undefined) {
    const { error } = await line.api(`STREAM.CREATE.${wanted.name}`, wanted);
    // Another process was faster.
    if (error?.err_code === NAME_IN_USE) await ensureStream(line, wanted);
    else refuseOn(error, `to make the stream ${wanted.name}`);
    return;
  }
  const { config } = existing;
  if (isLike(config, wanted)) return;
  const { error } = await line.api(`STREAM.UPDATE.${wanted.name}`, {
    ...config,
    ...wanted,
    num_replicas: config.num_replicas,
  });
  refuseOn(error, `to change the stream ${wanted.name}`);
}

export async function ensureConsumer(
  line: NatsLine,
  stream: string,
  config: object & { readonly durable_name?: string },
): Promise<void> {
  const name = config.durable_name ?? '';
  const { error } = await line.api(`CONSUMER.DURABLE.CREATE.${stream}.${name}`, { stream_name: stream, config });
  refuseOn(error, `to make the consumer ${name} of ${stream}`);
}

export async function deleteConsumer(line: NatsLine, stream: string, consumer: string): Promise<void> {
  const { error } = await line.api(`CONSUMER.DELETE.${stream}.${consumer}`);
  if (!NOT_FOUND.includes(error?.err_code ?? 0)) refuseOn(error, `to delete the consumer ${consumer} of ${stream}`);
}

export function refuseOn(error: ApiError | undefined, what: string): void {
  if (error === undefined) return;
  throw new FlowError('CARRIER_REFUSED', {
    message: `The NATS server refused ${what}: ${error.description ?? `error ${error.err_code ?? error.code}`}`,
    metadata: { code: error.err_code ?? error.code },
  });
}

function base(name: string, subjects: readonly string[], replicas: number): StreamConfig {
  return {
    name,
    subjects,
    retention: 'limits',
    storage: 'file',
    num_replicas: replicas,
    discard: 'old',
    max_msgs_per_subject: -1,
    max_msgs: -1,
    max_bytes: -1,
    max_age: 0,
    duplicate_window: SHARED_DEDUPE_S * NS_PER_S,
    deny_purge: false,
    max_msg_size: -1,
    max_consumers: -1,
  };
}

/** What others have raised stays. */
function isLike(had: StreamConfig, wanted: StreamConfig): boolean {
  return (
    had.duplicate_window === wanted.duplicate_window &&
    had.max_age === wanted.max_age &&
    had.subjects.length === wanted.subjects.length &&
    wanted.subjects.every((subject) => had.subjects.includes(subject))
  );
}

function found<T>(answer: T & { readonly error?: ApiError }): T | undefined {
  if (answer.error === undefined) return answer;
  if (NOT_FOUND.includes(answer.error.err_code ?? 0)) return undefined;
  refuseOn(answer.error, 'to say what it has');
  return undefined;
}
