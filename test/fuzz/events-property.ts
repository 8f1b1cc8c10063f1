import { expect } from 'chai';
import type { FuzzProperty } from './fuzz-property.js';
import { Play, scenario, type Scenario } from './trace-play.js';

/** The language of one message at one node, over the letters below. */
const GRAMMAR = /^(k|(s(e|t)r)*(s(y|c|x|(e|t)(f)?)?|k|)k?|(s(e|t)r)+c)$/;
const LETTER: Readonly<Record<string, string>> = {
  node_start: 's',
  node_success: 'y',
  node_error: 'e',
  node_timeout: 't',
  node_retry: 'r',
  node_failed: 'f',
  node_trace_cancelled: 'c',
  node_cancelled: 'x',
  deadline_skip: 'k',
};

/** Whatever happens, the events of one message at one node follow a grammar. */
export const eventsProperty: FuzzProperty<Scenario> = {
  name: 'events',
  given: scenario,
  async check(given) {
    // One slot per node: then its events belong to one message after the other.
    const nodes = given.nodes.map((one) => ({ ...one, concurrency: 1, ordered: false }));
    const play = new Play({ ...given, nodes });
    const words = new Map<string, string>();
    try {
      await play.run();
      // What is late on a floe is skipped in between, while the node holds another message.
      for (const { nodeId, eventType } of play.events) {
        const letter = LETTER[eventType];
        if (letter !== undefined && letter !== 'k') words.set(`${nodeId}`, (words.get(`${nodeId}`) ?? '') + letter);
      }
      for (const [nodeId, word] of words) {
        for (const message of word.split(/(?=(?<!r)s)/)) expect(message, `${nodeId}: ${word}`).to.match(GRAMMAR);
      }
    } finally {
      await play.bench.stopAll();
    }
  },
};
