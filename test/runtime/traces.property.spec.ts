import { eventsProperty } from '../fuzz/events-property.js';
import { holds } from '../fuzz/fuzz-property.js';
import type { Scenario } from '../fuzz/trace-play.js';
import { tracesProperty } from '../fuzz/traces-property.js';

/** Two calls of one trace id, and the drain ends in the tick in which one of them is done. */
const END_AT_THE_STOP: Scenario = {
  nodes: [
    { followers: 2, deeds: ['return'] as const },
    { followers: 1, deeds: ['return'] as const },
    { followers: 0, deeds: ['fail once', 'ignore everything'] as const, concurrency: 2 },
  ].map((node) => ({ concurrency: 1, ordered: false, maxRetries: 0, backoffBaseS: 0, timeoutS: undefined, ...node })),
  queueMaxsize: 0,
  deliverFailures: false,
  afterFailure: undefined,
  steps: [
    { act: 'call', trace: 1, ms: 0 },
    { act: 'call', trace: 1, ms: 0 },
    { act: 'emit', trace: 0, ms: 0 },
    { act: 'emit', trace: 1, ms: 1000 },
  ],
  drainS: 30,
};

describe('traces, whatever happens', function () {
  this.timeout(60_000);

  it('R3 counters return to zero, no promise hangs, nothing of a trace stays, each cancellation ends once', () =>
    holds(tracesProperty, { runs: 120, examples: [END_AT_THE_STOP] }));

  it('R12 the events of one message at one node are words of one small language', () =>
    holds(eventsProperty, { runs: 60 }));
});
