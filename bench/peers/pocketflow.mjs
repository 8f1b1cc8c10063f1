import { Flow, Node } from 'pocketflow';

import { Item } from '../../dist/bench/contender.js';

class Step extends Node {
  constructor(stage, ...policy) {
    super(...policy);
    this.stage = stage;
  }

  async prep(shared) {
    return shared.item;
  }

  exec(item) {
    return this.stage(item);
  }

  async post(shared, _, item) {
    shared.item = item;
    return undefined;
  }
}

function flowOf(stages, ...policy) {
  const nodes = stages.map((stage) => new Step(stage, ...policy));
  for (let index = 1; index < nodes.length; index++) nodes[index - 1].next(nodes[index]);
  return new Flow(nodes[0]);
}

const lineOf = (flow) => ({
  async call(item) {
    const shared = { item };
    await flow.run(shared);
    return shared.item;
  },
  stop() {},
});

export const contender = {
  name: 'pocketflow',
  about: 'Node per stage in a Flow; it has no queues, so throughput is one item after the other',
  line: (stages) => lineOf(flowOf(stages)),
  async pump(stages, count) {
    const { call } = lineOf(flowOf(stages));
    for (let n = 0; n < count; n++) await call(new Item(n));
  },
  retrying: (flaky) => lineOf(flowOf([flaky], 4, 0)),
  cannot: { W8: 'a node has no concurrency of its own' },
};
