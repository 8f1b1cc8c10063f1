import type { AttemptStart, FlowError, Message, TracedMessage } from '../../index.js';
import { encodePayload } from './payload-codec.js';
import type { RecordedRun } from './recorded-run.js';
import type { RunSource } from './run-source.js';
import { errorText, jsonOf, previewOf, typeOf } from './text-of.js';

/** Messages from outside that are kept of a run in case it fails. */
const MOST_INGRESS = 16;

/** A message with all that a replay needs. */
export interface KeptMessage {
  readonly payload: unknown;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly topic: string | undefined;
  readonly priority: number;
  /** Of the node's work on it. */
  readonly key: string;
}

/** A message, and where it went. */
interface SeenMessage {
  readonly sent: TracedMessage;
  readonly message: Message;
  readonly node: string;
}

/** The messages of a run of which something is kept, or may be. */
export class KeptMessages {
  readonly #run: RecordedRun;
  readonly #source: RunSource;
  #ingress: SeenMessage[] | undefined;
  #written: Set<number> | undefined;
  /** What the node had whose attempt failed last. */
  #failing: SeenMessage | undefined;

  constructor(run: RecordedRun, source: RunSource) {
    this.#run = run;
    this.#source = source;
  }

  /** A node gets a message. */
  sees(start: AttemptStart): void {
    const { payloads } = this.#source.settings;
    const isIngress = start.message.from === undefined;
    if (payloads === 'none' || (payloads !== 'all' && !isIngress)) return;
    if (payloads !== 'failed') this.#write(seenBy(start), false);
    else if (this.#ingress === undefined) this.#ingress = [seenBy(start)];
    else if (this.#ingress.length < MOST_INGRESS) this.#ingress.push(seenBy(start));
  }

  attemptFailed(start: AttemptStart): void {
    if (this.#source.settings.payloads === 'failed') this.#failing = seenBy(start);
  }

  /** The run has failed: what came in and what the node had are written down as they are now. */
  failed(error: FlowError): void {
    if (this.#source.settings.payloads !== 'failed') return;
    for (const seen of this.#ingress ?? []) this.#write(seen, true);
    this.#ingress = [];
    if (this.#failing?.node === error.nodeName && this.#failing !== undefined) this.#write(this.#failing, true);
    this.#failing = undefined;
  }

  forget(): void {
    this.#ingress = this.#failing = undefined;
  }

  /** Writes a message down, once. */
  #write(seen: SeenMessage, hasFailed: boolean): void {
    const { sent, message, node } = seen;
    this.#written ??= new Set();
    if (this.#written.has(sent.number)) return;
    this.#written.add(sent.number);
    const { buffer, settings, plan } = this.#source;
    const { redact, seal, payloads } = settings;
    const mayKeep = plan.nodes.find(({ name }) => name === node)?.keepPayload !== false;
    const notKept = mayKeep ? this.#writePayload(seen) : `node "${node}" says \`keepPayload: false\``;
    const { deadlineS, meta } = message;
    // What is under seal is not shown beside it.
    const isOpen = mayKeep && seal === undefined;
    const shows = isOpen && (hasFailed || payloads === 'all');
    const row = {
      messageId: String(sent.number),
      from: sent.from,
      node,
      type: typeOf(sent.payload),
      deadlineMs: deadlineS === undefined ? undefined : deadlineS * 1000,
      meta: isOpen && Object.keys(meta).length > 0 ? jsonOf(meta, redact) : undefined,
      preview: shows ? previewOf(sent.payload, redact) : undefined,
      notKept,
    };
    buffer.add('messages', this.#run, row, true);
  }

  /** Says why the payload is not kept; undefined when it is. */
  #writePayload({ sent, message, node }: SeenMessage): string | undefined {
    const { buffer, settings } = this.#source;
    const { seal, maxPayloadBytes, redact } = settings;
    const { meta, headers } = message;
    const { topic, priority } = headers;
    try {
      const kept: KeptMessage = { payload: sent.payload, meta, topic, priority, key: sent.keyAt(node) };
      const bytes = encodePayload(kept, maxPayloadBytes);
      const row = {
        messageId: String(sent.number),
        bytes: seal === undefined ? bytes : seal.seal(bytes),
      };
      return buffer.addPayload(this.#run, row) ? undefined : 'there was no memory for it';
    } catch (error) {
      return errorText(error, redact);
    }
  }
}

function seenBy({ ctx, message: sent }: AttemptStart): SeenMessage {
  return { sent, message: ctx.message, node: ctx.nodeName };
}
