import { render } from 'preact';
import { followHash } from './client/route.js';
import { takeToken } from './client/session.js';
import { hurry, keepStream } from './client/stream.js';
import { listenToKeys } from './parts/keys.js';
import { Shell } from './shell.js';

takeToken();
followHash();
globalThis.addEventListener('hashchange', () => {
  takeToken();
  followHash();
});
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') hurry();
});
globalThis.addEventListener('online', hurry);
listenToKeys();
keepStream();
render(<Shell />, document.querySelector('#page')!);
