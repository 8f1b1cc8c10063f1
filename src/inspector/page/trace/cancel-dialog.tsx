import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ActionAnswer, CancelRequest, RunItem } from '../../api.js';
import { post, textOf } from '../client/api.js';
import { Dialog } from '../parts/dialog.js';

/** Asks before a run is cancelled. */
export function CancelDialog(props: {
  readonly run: RunItem;
  readonly onClose: () => void;
  readonly onDone: () => void;
}): JSX.Element {
  const { flow, traceId, tenant } = props.run;
  const [error, setError] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);

  async function cancel(): Promise<void> {
    setBusy(true);
    try {
      const request: CancelRequest = { flow, traceId, tenant };
      await post<ActionAnswer>('cancel', request);
      props.onDone();
      props.onClose();
    } catch (thrown) {
      setError(textOf(thrown));
      setBusy(false);
    }
  }
  return (
    <Dialog title="Cancel this trace?" onClose={props.onClose}>
      <p>
        <span class="mono">{traceId}</span> of {flow}, tenant {tenant}. What runs is told to stop, and what waits is
        dropped. It cannot be taken back.
      </p>
      {error !== undefined && (
        <p class="problem" role="alert">
          {error}
        </p>
      )}
      <p class="buttons">
        <button type="button" onClick={props.onClose}>
          Keep it
        </button>
        <button type="button" class="danger" disabled={isBusy} onClick={() => void cancel()}>
          Cancel the trace
        </button>
      </p>
    </Dialog>
  );
}
