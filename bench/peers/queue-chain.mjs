import { Item } from '../../dist/bench/contender.js';

/** W1 and W2 of a peer with one unbounded queue per stage; `pushTo(stage, push)` makes a queue and gives what pushes into it. */
export function queueChain(pushTo) {
  const chained = (stages, onResult) => stages.reduceRight((push, stage) => pushTo(stage, push), onResult);
  return {
    line(stages) {
      let answer;
      const first = chained(stages, (item) => answer(item));
      return {
        call: (item) =>
          new Promise((resolve) => {
            answer = resolve;
            first(item);
          }),
        stop() {},
      };
    },
    pump: (stages, count) =>
      new Promise((resolve) => {
        let arrived = 0;
        const first = chained(stages, () => {
          if (++arrived === count) resolve();
        });
        for (let n = 0; n < count; n++) first(new Item(n));
      }),
  };
}
