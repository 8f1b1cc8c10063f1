import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { keepToken, refusedToken } from '../client/session.js';

/** Asks for the token: redirects of a login lose the fragment that had it. */
export function TokenPage(): JSX.Element {
  const [text, setText] = useState('');
  return (
    <main class="token-page">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== '') keepToken(text.trim());
        }}
      >
        <h1>Who is there?</h1>
        <p role="alert">{refusedToken.value}</p>
        <label>
          Token
          <input
            type="password"
            name="token"
            autocomplete="off"
            spellcheck={false}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary">
          Open
        </button>
        <p class="muted">
          It is the part after <code>#token=</code> of the address that <code>listen()</code> returned or that{' '}
          <code>penguiflow inspect</code> printed. It stays in this tab, and nowhere else.
        </p>
      </form>
    </main>
  );
}
