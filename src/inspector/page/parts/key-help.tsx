import type { JSX } from 'preact';
import { Dialog } from './dialog.js';

const KEYS = [
  ['/', 'search'],
  ['j k', 'next and previous row'],
  ['Enter', 'open the row'],
  ['Esc', 'close, go back, zoom out'],
  ['g f', 'flow'],
  ['g t', 'traces'],
  ['g l', 'logs'],
  ['g s', 'store'],
  ['+ − 0', 'zoom the waterfall'],
  ['?', 'this help'],
] as const;

export function KeyHelp({ onClose }: { readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="buttons">
        <button type="button" class="primary" onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  );
}
