// Sends an order and shows what its stream tells. `EventSource` can only GET, so the events are read from a `fetch`: leaving
// the page or pressing Cancel ends the request, and with it the order's trace on the server.

const form = document.querySelector('#order');
const cancel = document.querySelector('#cancel');
const progress = document.querySelector('#progress');
const steps = document.querySelector('#steps');
const outcome = document.querySelector('#outcome');

/** Ends the request that is under way. */
let current;

cancel.addEventListener('click', () => current?.abort());
form.addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  void place(new FormData(form));
});

/** Places the order and follows it to its end. */
async function place(fields) {
  const startedMs = performance.now();
  const leaving = new AbortController();
  const order = {
    id: `web-${Date.now().toString(36)}`,
    card: fields.get('card'),
    lines: [{ sku: fields.get('sku'), quantity: Number(fields.get('quantity')) }],
  };
  begin(order.id);
  current = leaving;
  try {
    const response = await fetch('orders/stream', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
      signal: leaving.signal,
    });
    showTrace(response.headers.get('x-request-id') ?? '');
    if (!response.ok) throw new Error(`the server said ${response.status}`);
    for await (const { event, data } of events(response.body)) show(event, data, performance.now() - startedMs);
  } catch (error) {
    finish(error.name === 'AbortError' ? 'Cancelled.' : `Not finished: ${error.message}`, 'bad');
  }
  form.querySelector('[type=submit]').disabled = false;
  cancel.disabled = true;
}

function begin(id) {
  form.querySelector('[type=submit]').disabled = true;
  cancel.disabled = false;
  progress.hidden = false;
  steps.replaceChildren();
  outcome.textContent = '';
  outcome.className = '';
  document.querySelector('#order-id').textContent = id;
  showTrace('');
}

/** The trace id, which leads to the inspector where there is one. */
function showTrace(id) {
  const trace = document.querySelector('#trace');
  const { inspector } = document.body.dataset;
  trace.textContent = id;
  trace.removeAttribute('href');
  if (id !== '' && inspector !== undefined) trace.href = `${inspector}#/traces?id=${encodeURIComponent(id)}`;
}

function show(event, data, elapsedMs) {
  if (event === 'chunk') {
    step(data.meta.cents === undefined ? data.text : `${data.text}: ${money(data.meta.cents)}`, elapsedMs);
  } else if (event === 'result') {
    const isShipped = data.status === 'shipped';
    step(data.status, elapsedMs, isShipped ? 'good' : 'bad');
    finish(isShipped ? `On its way as ${data.trackingId}.` : `Refunded: ${data.reason}.`, isShipped ? 'good' : 'bad');
  } else {
    step('failed', elapsedMs, 'bad');
    finish(failure(data), 'bad');
  }
}

/** What went wrong, with the paths of what is wrong in the order. */
function failure({ message, code, violations = [] }) {
  const wrong = violations.map(({ path, constraints }) => `${path}: ${Object.values(constraints).join(', ')}`);
  return [`${message}${code === undefined ? '' : ` (${code})`}`, ...wrong].join(' ');
}

function step(text, elapsedMs, className = '') {
  const item = document.createElement('li');
  const label = document.createElement('span');
  const time = document.createElement('time');
  label.textContent = text;
  time.textContent = `${(elapsedMs / 1000).toFixed(2)} s`;
  item.className = className;
  item.append(label, time);
  steps.append(item);
}

function finish(text, className) {
  outcome.textContent = text;
  outcome.className = className;
}

function money(cents) {
  return (cents / 100).toFixed(2);
}

/** The Server-Sent Events of a response body, parsed. */
async function* events(body) {
  let buffer = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    buffer += text;
    const blocks = buffer.split('\n\n');
    buffer = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2)));
      if (fields.event !== undefined) yield { event: fields.event, data: JSON.parse(fields.data) };
    }
  }
}
