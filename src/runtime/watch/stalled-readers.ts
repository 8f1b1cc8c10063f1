import { FlowError } from '../../errors/flow-error.js';
import { withoutFrames } from '../../errors/without-frames.js';
import { cancelTrace } from '../control/cancel-trace.js';
import { all } from '../control/drop-queued.js';
import type { WiredFlow } from '../control/wired-flow.js';
import type { StreamReader } from '../egress/stream-reader.js';

/** Where a reader was when it was seen to have a piece to take. */
interface SeenReader {
  readonly taken: number;
  readonly sinceMs: number;
}

/** Ends runs whose stream nobody reads: the node that sends to it waits, and others may wait for that node. */
export class StalledReaders {
  readonly #flow: WiredFlow;
  readonly #afterS: number;
  readonly #seen = new WeakMap<StreamReader, SeenReader>();

  constructor(flow: WiredFlow) {
    this.#flow = flow;
    this.#afterS = flow.core.plan.chunkStallS;
  }

  look(nowMs: number): void {
    if (this.#afterS === 0) return;
    const { openStreams } = this.#flow.core.egress;
    const stalled = openStreams.filter((reader) => this.#isStalled(reader, nowMs));
    for (const reader of stalled) if (!reader.run.ended) this.#end(reader);
  }

  #isStalled(reader: StreamReader, nowMs: number): boolean {
    if (reader.isOver || !reader.hasPiece) return false;
    const { taken } = reader;
    const seen = this.#seen.get(reader);
    if (seen?.taken === taken) return nowMs - seen.sinceMs >= this.#afterS * 1000;
    this.#seen.set(reader, { taken, sinceMs: nowMs });
    return false;
  }

  #end(reader: StreamReader): void {
    const { run } = reader;
    const afterS = this.#afterS;
    const error = withoutFrames(
      () =>
        new FlowError('READER_STALLED', {
          message: `Nobody took a piece of the stream of trace ${run.id} for ${afterS} s`,
          traceId: run.id,
          metadata: { chunk_stall_s: afterS },
        }),
    );
    cancelTrace(this.#flow, run, error);
    // Whoever comes back finds the error, and not what had piled up.
    reader.drop(all);
  }
}
