import { expect } from 'chai';
import { onAbort } from '#src/scheduling/on-abort.js';
import { useFakeNow } from '../support/fake-now.js';
import { settle } from '../support/settling.js';

/** A controller, and how many listeners its signal has. */
function counted(): { readonly controller: AbortController; readonly listeners: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  let count = 0;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    count++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    count--;
    remove(...args);
  };
  return { controller, listeners: () => count };
}

describe('onAbort', () => {
  const now = useFakeNow();

  it('R6 calls back once when the signal aborts, the first to come first', () => {
    const { signal, abort } = bound(new AbortController());
    const order: number[] = [];
    for (const n of [1, 2, 3]) onAbort(signal, () => order.push(n));
    expect(order).to.deep.equal([]);
    abort();
    abort();
    expect(order).to.deep.equal([1, 2, 3]);
  });

  it('R6 does not call who stopped listening, also when that happens in another’s callback', () => {
    const { signal, abort } = bound(new AbortController());
    const order: string[] = [];
    onAbort(signal, () => {
      order.push('first');
      stopLast();
    });
    const stopSecond = onAbort(signal, () => order.push('second'));
    const stopLast = onAbort(signal, () => order.push('last'));
    stopSecond();
    stopSecond();
    abort();
    expect(order).to.deep.equal(['first']);
  });

  it('R6 has one listener per signal, however many wait, and none when the last has stopped', () => {
    const { controller, listeners } = counted();
    const stops = Array.from({ length: 100 }, () => onAbort(controller.signal, () => {}));
    expect(listeners()).to.equal(1);
    for (const stop of stops) stop();
    expect(listeners()).to.equal(0);
    const stop = onAbort(controller.signal, () => {});
    expect(listeners()).to.equal(1);
    stop();
    expect(listeners()).to.equal(0);
  });

  it('R6 keeps the callbacks of two signals apart', () => {
    const [one, other] = [bound(new AbortController()), bound(new AbortController())];
    const order: string[] = [];
    onAbort(one.signal, () => order.push('one'));
    onAbort(other.signal, () => order.push('other'));
    other.abort();
    expect(order).to.deep.equal(['other']);
  });

  it('R6 spreads many over turns of the event loop, calls each once, and not who gave up meanwhile', async () => {
    const { signal, abort } = bound(new AbortController());
    const called: number[] = [];
    const stops = Array.from({ length: 1_000 }, (_, n) =>
      onAbort(signal, () => {
        called.push(n);
        now.advance(1);
      }),
    );
    abort();
    expect(called.length).to.be.within(8, 31);
    for (const stop of stops.slice(500)) stop();
    for (let turn = 0; turn < 60 && called.length < 500; turn++) await settle();
    await settle();
    expect(called).to.deep.equal(Array.from({ length: 500 }, (_, n) => n));
  });
});

function bound(controller: AbortController): { readonly signal: AbortSignal; readonly abort: () => void } {
  return { signal: controller.signal, abort: () => controller.abort() };
}
