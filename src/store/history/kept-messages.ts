import type { AttemptStart, FlowError } from '../../index.js';
import { encodePayload, NotEncodable, TooLarge } from './payload-codec.js';
import type { PayloadSeal } from './history-options.js';
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

/** The messages of a run of which something is kept, or may be. */
export class KeptMessages {
  readonly #run: RecordedRun;
  readonly #source: RunSource;
  #ingress: AttemptStart[] | undefined;
  #written: Set<number> | undefined;
  /** What the node had whose attempt failed last. */
  #failing: AttemptStart | undefined;

  constructor(run: RecordedRun, source: RunSource) {
    this.#run = run;
    this.#source = source;
  }

  /** A node gets a message. */
  sees(start: AttemptStart): void {
    const { payloads } = this.#source.settings;
    const isIngress = start.message.from === undefined;
    if (payloads === 'none' || (payloads !== 'all' && !isIngress)) return;
    if (payloads !== 'failed') this.#write(start, false);
    else if (this.#ingress === undefined) this.#ingress = [start];
    else if (this.#ingress.length < MOST_INGRESS && !this.#ingress.some(isOf, start)) this.#ingress.push(start);
  }

  attemptFailed(start: AttemptStart): void {
    if (this.#source.settings.payloads === 'failed') this.#failing = start;
  }

  /** The run has failed: what came in and what the node had are written down as they are now. */
  failed(error: FlowError): void {
    if (this.#source.settings.payloads !== 'failed') return;
    for (const start of this.#ingress ?? []) this.#write(start, true);
    this.#ingress = [];
    if (this.#failing !== undefined && this.#failing.ctx.nodeName === error.nodeName) this.#write(this.#failing, true);
    this.#failing = undefined;
  }

  forget(): void {
    this.#ingress = this.#failing = undefined;
  }

  /** Writes a message down, once. */
  #write(start: AttemptStart, hasFailed: boolean): void {
    const { message: sent, ctx } = start;
    const { message, nodeName: node } = ctx;
    this.#written ??= new Set();
    if (this.#written.has(sent.number)) return;
    this.#written.add(sent.number);
    const { buffer, settings, plan } = this.#source;
    const { redact, seal, payloads } = settings;
    const mayKeep = plan.nodes.find(({ name }) => name === node)?.keepPayload !== false;
    const refusal = mayKeep
      ? this.#writePayload(start)
      : new NotEncodable(`node "${node}" says \`keepPayload: false\``);
    const { deadlineS, meta } = message;
    // What is under seal is not shown beside it.
    const isOpen = mayKeep && seal === undefined;
    // Nor is what is too large to be kept: to hide what is secret in it would take as long.
    const shows = isOpen && !(refusal instanceof TooLarge) && (hasFailed || payloads === 'all');
    const row = {
      messageId: String(sent.number),
      from: sent.from,
      node,
      type: typeOf(sent.payload),
      deadlineMs: deadlineS === undefined ? undefined : deadlineS * 1000,
      meta: isOpen && Object.keys(meta).length > 0 ? jsonOf(meta, redact) : undefined,
      preview: shows ? previewOf(sent.payload, redact) : undefined,
      notKept: refusal === undefined ? undefined : reasonOf(refusal, redact),
    };
    buffer.add('messages', this.#run, row, true);
  }

  /** Gives why the payload is not kept; undefined when it is. */
  #writePayload({ message: sent, ctx }: AttemptStart): unknown {
    const { buffer, settings } = this.#source;
    const { seal, maxPayloadBytes } = settings;
    const { meta, headers, nodeName } = ctx;
    const { topic, priority } = headers;
    try {
      const kept: KeptMessage = { payload: sent.payload, meta, topic, priority, key: sent.keyAt(nodeName) };
      const bytes = encodePayload(kept, maxPayloadBytes);
      const row = {
        messageId: String(sent.number),
        bytes: seal === undefined ? bytes : sealed(seal, bytes),
      };
      return buffer.addPayload(this.#run, row) ? undefined : new NotEncodable('there was no memory for it');
    } catch (error) {
      return error;
    }
  }
}

/** Ours are of fields and sizes, and name no value. */
function reasonOf(refusal: unknown, redact: (value: unknown) => unknown): string {
  return refusal instanceof NotEncodable ? refusal.message : errorText(refusal, redact);
}

/** @throws NotEncodable for what is no bytes, such as a promise of them */
function sealed(seal: PayloadSeal, bytes: Uint8Array): Uint8Array {
  const given: unknown = seal.seal(bytes);
  if (given instanceof Uint8Array) return given;
  // Nobody else hears of it if it rejects.
  void Promise.resolve(given).catch(() => {});
  throw new NotEncodable('`seal()` gave no bytes; it cannot be asynchronous');
}

/** Whether it is about the same message, at another node. */
function isOf(this: AttemptStart, { message }: AttemptStart): boolean {
  return message.number === this.message.number;
}
