import { Flow, Node, ParallelBatchNode } from 'pocketflow';

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

class SlowBatch extends ParallelBatchNode {
  constructor(slow) {
    super();
    this.slow = slow;
  }

  async prep(shared) {
    return shared.items;
  }

  exec(item) {
    return this.slow(item);
  }
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
  about:
    'Node per stage in a Flow; it has no queues, so throughput is one item after the other; W8: ParallelBatchNode, 64 items a batch',
  line: (stages) => lineOf(flowOf(stages)),
  async pump(stages, count) {
    const { call } = lineOf(flowOf(stages));
    for (let n = 0; n < count; n++) await call(new Item(n));
  },
  retrying: (flaky) => lineOf(flowOf([flaky], 4, 0)),
  async spread(slow, count) {
    const flow = new Flow(new SlowBatch(slow));
    for (let n = 0; n < count; n += 64) {
      await flow.run({ items: Array.from({ length: Math.min(64, count - n) }, (_, index) => new Item(n + index)) });
    }
  },
  cannot: {
    W3: 'a node has one successor at a time, and nothing joins',
    W4a: 'retries, but no timeout',
    W5: 'a run has one result',
  },
};
