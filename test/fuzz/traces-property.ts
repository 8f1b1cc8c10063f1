import type { FuzzProperty } from './fuzz-property.js';
import { Play, scenario, type Scenario } from './trace-play.js';

/** Whatever happens to traces: no promise hangs, and nothing of them stays. */
export const tracesProperty: FuzzProperty<Scenario> = {
  name: 'traces',
  given: scenario,
  async check(given) {
    const play = new Play(given);
    try {
      await play.run();
    } finally {
      await play.bench.stopAll();
    }
  },
};
