import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { MessageItem, MessageView, RunView } from '../../api.js';
import { get, textOf } from '../client/api.js';
import { bytes, counted } from '../parts/format.js';

const MOST_BYTES = '65536';
const FIRST = 50;

/** The messages of a run. What they carry comes one by one, when somebody asks, and redacted. */
export function PayloadsTab(props: { readonly view: RunView; readonly messageId: string | undefined }): JSX.Element {
  const { view, messageId } = props;
  const [shown, setShown] = useState(FIRST);
  if (view.messages.length === 0) return <p class="muted padded">No message is recorded for this run.</p>;
  const chosen = view.messages.filter(({ id }) => id === messageId);
  const messages = [...chosen, ...view.messages.filter(({ id }) => id !== messageId)];
  return (
    <>
      <p class="muted padded">Secrets are redacted before anything is shown.</p>
      <ul class="messages">
        {messages.slice(0, shown).map((message) => (
          <Message key={message.id} run={view.run.id} message={message} isChosen={message.id === messageId} />
        ))}
      </ul>
      {messages.length > shown && (
        <p class="padded">
          <button type="button" onClick={() => setShown(shown + FIRST * 4)}>
            {counted(messages.length - shown, 'more message')}
          </button>
        </p>
      )}
    </>
  );
}

function Message(props: {
  readonly run: number;
  readonly message: MessageItem;
  readonly isChosen: boolean;
}): JSX.Element {
  const { run, message } = props;
  const [view, setView] = useState<MessageView | undefined>(undefined);
  const [error, setError] = useState<string | undefined>(undefined);

  async function show(limit?: string): Promise<void> {
    try {
      setError(undefined);
      setView(await get<MessageView>(`runs/${run}/messages/${encodeURIComponent(message.id)}`, { bytes: limit }));
    } catch (thrown) {
      setError(textOf(thrown));
    }
  }
  return (
    <li class={props.isChosen ? 'marked' : undefined}>
      <div class="message-head">
        <b>{message.type}</b>
        <span>
          {message.from ?? 'outside'} → {message.node ?? 'result'}
        </span>
        <span class="muted number">{message.payloadBytes === null ? '' : bytes(message.payloadBytes)}</span>
        <span class="mono muted message-id">{message.id}</span>
        {message.notKept === null ? (
          view === undefined ? (
            <button type="button" onClick={() => void show()}>
              Show
            </button>
          ) : (
            <button type="button" onClick={() => setView(undefined)}>
              Hide
            </button>
          )
        ) : (
          <span class="warn">▲ not kept: {message.notKept}</span>
        )}
      </div>
      {error !== undefined && <p class="problem">{error}</p>}
      {view !== undefined && (
        <>
          <pre class="payload" tabIndex={0} aria-label="Payload">
            {view.preview === null ? 'Nothing can be shown.' : pretty(view)}
          </pre>
          {view.meta !== null && <p class="muted mono message-meta">meta {view.meta}</p>}
          {view.cut && (
            <p>
              <span class="muted">It is longer. </span>
              <button type="button" onClick={() => void show(MOST_BYTES)}>
                Show up to 65 kB
              </button>
            </p>
          )}
        </>
      )}
    </li>
  );
}

/** With indents, if it is whole. */
function pretty({ preview, cut }: MessageView): string {
  if (preview === null) return '';
  if (cut) return `${preview} …`;
  try {
    return JSON.stringify(JSON.parse(preview), null, 2);
  } catch {
    return preview;
  }
}
