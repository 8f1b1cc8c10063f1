import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { RunView } from '../../api.js';

/** More text makes the browser slow; the copy has it all. */
const MOST_TEXT = 100_000;

export function JsonTab({ view }: { readonly view: RunView }): JSX.Element {
  const text = useMemo(() => JSON.stringify(view, null, 2), [view]);
  const [said, setSaid] = useState('');

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied.');
    } catch {
      setSaid('The browser does not let the page copy: use Save.');
    }
  }

  function save(): void {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
    link.download = `trace-${view.run.traceId}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  }
  return (
    <>
      <p class="buttons padded">
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
        <button type="button" onClick={save}>
          Save
        </button>
        <span role="status" class="muted">
          {said}
        </span>
      </p>
      <pre class="payload json" tabIndex={0} aria-label="JSON of the trace">
        {text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}\n… (copy or save it to have it all)` : text}
      </pre>
    </>
  );
}
