import { invalidOption } from '../errors/option-error.js';
import { stoppedError } from './control/halt-flow.js';
import type { FlowEngine } from './flow-engine.js';
import type { FlowParts, LateRecording } from './flow-parts.js';
import type { FlowRecorder } from './flow-recorder.js';
import { listenerHandle } from './listener-handle.js';
import type { ListenerHandle, PenguiFlow } from './penguiflow.js';
import type { PlaybookFlow } from './playbooks.js';

/** A recording that goes on. */
interface OpenRecording extends LateRecording {
  readonly detach: () => void;
  /** The same for the playbooks of the flow. */
  readonly inner: ListenerHandle[];
}

/** Recordings that began when the flow existed already. Each has the runs that begin while it is open. */
export class LateRecordings {
  readonly #engine: FlowEngine;
  readonly #parts: FlowParts;
  readonly #open = new Map<FlowRecorder, OpenRecording>();

  constructor(engine: FlowEngine, parts: FlowParts) {
    this.#engine = engine;
    this.#parts = parts;
  }

  /** @throws FlowError `INVALID_OPTION`, `FLOW_STOPPED` */
  begin(recorder: FlowRecorder, handle: PenguiFlow): ListenerHandle {
    const owner = `record() of flow "${handle.name}"`;
    if (typeof (recorder as Partial<FlowRecorder> | null)?.record !== 'function') {
      throw invalidOption('recorder', owner, 'a FlowHistory', recorder);
    }
    if (handle.state === 'stopped') throw stoppedError(handle.name);
    const late = this.#open.has(recorder) ? undefined : this.#parts.record(recorder);
    // Somebody else began it, and ends it.
    if (late === undefined) return listenerHandle([]);
    const detach = this.#engine.core.bus.attach(late.subscription);
    const inner = this.#engine.playbooks.opened.map((playbook) => playbook.record(recorder));
    this.#open.set(recorder, { ...late, detach, inner });
    late.opened(handle);
    this.#follow();
    for (const { timeouts } of this.#engine.workers) timeouts.noteAll();
    return listenerHandle([() => this.#end(recorder)]);
  }

  /** A playbook has been made. */
  joinedBy(playbook: PlaybookFlow): PlaybookFlow {
    for (const [recorder, { inner }] of this.#open) inner.push(playbook.record(recorder));
    return playbook;
  }

  #end(recorder: FlowRecorder): void {
    const open = this.#open.get(recorder);
    if (open === undefined) return;
    this.#open.delete(recorder);
    this.#follow();
    open.detach();
    for (const handle of open.inner) handle.dispose();
    open.close();
  }

  /** Runs under way keep the spans that they have. */
  #follow(): void {
    let { tracer } = this.#parts;
    for (const recording of this.#open.values()) tracer = recording.beside(tracer);
    this.#engine.core.tracer = tracer;
  }
}
