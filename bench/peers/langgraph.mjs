import { Annotation, END, START, StateGraph } from '@langchain/langgraph';

import { Item } from '../../dist/bench/contender.js';

const State = Annotation.Root({ item: Annotation() });

function graphOf(stages) {
  let graph = new StateGraph(State);
  for (const [index, stage] of stages.entries()) {
    graph = graph.addNode(`step${index}`, async ({ item }) => ({ item: await stage(item) }));
  }
  graph = graph.addEdge(START, 'step0');
  for (let index = 1; index < stages.length; index++) graph = graph.addEdge(`step${index - 1}`, `step${index}`);
  return graph.addEdge(`step${stages.length - 1}`, END).compile();
}

export const contender = {
  name: 'langgraph',
  about: 'StateGraph, one invoke per item: it has no queues, so throughput is one item after the other',
  /** Times fewer items than the others get: it is that much slower. */
  fewer: 200,
  line(stages) {
    const graph = graphOf(stages);
    return { call: (item) => graph.invoke({ item }), stop() {} };
  },
  async pump(stages, count) {
    const graph = graphOf(stages);
    for (let n = 0; n < count; n++) await graph.invoke({ item: new Item(n) });
  },
  cannot: {
    W4: 'its retryPolicy always waits before the next attempt',
    W8: 'concurrency belongs to batch(), not to a node',
  },
};
