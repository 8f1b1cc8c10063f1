/** What a key does on the screen that is shown; true when it did something. */
type KeyHandler = (key: string) => boolean;

const handlers: KeyHandler[] = [];
/** Set after `g`, until the next key or a second. */
let isGoing = false;
let goingTimer: ReturnType<typeof setTimeout> | undefined;

/** Takes keys until the function that is returned is called. Whoever came last is asked first. */
export function onKeys(handler: KeyHandler): () => void {
  handlers.push(handler);
  return () => void handlers.splice(handlers.indexOf(handler), 1);
}

/** Passes keys on: not those that are typed into a field or belong to a dialog. */
export function listenToKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target instanceof HTMLElement ? event.target : document.body;
    if (document.querySelector('dialog[open]') !== null) return;
    if (target.closest('input, select, textarea') !== null) {
      if (event.key === 'Escape') target.blur();
      return;
    }
    // Enter on a link or a button is the browser's.
    if (event.key === 'Enter' && target.closest('a, button, summary') !== null) return;
    const key = isGoing ? `g ${event.key}` : event.key;
    setGoing(event.key === 'g' && !isGoing);
    if (handlers.toReversed().some((handle) => handle(key))) event.preventDefault();
  });
}

function setGoing(going: boolean): void {
  clearTimeout(goingTimer);
  isGoing = going;
  if (going) goingTimer = setTimeout(() => setGoing(false), 1_000);
}
