import { Annotation, END, START, StateGraph } from '@langchain/langgraph';

import { CHUNKS, Item } from '../../dist/bench/contender.js';

const State = Annotation.Root({ item: Annotation() });
const Halves = Annotation.Root({ item: Annotation(), left: Annotation(), right: Annotation() });

/** With as little wait as it can do: a timer of 0 ms. */
const RETRY_POLICY = { initialInterval: 0, maxAttempts: 4, jitter: false, logWarning: false, retryOn: () => true };

function graphOf(stages, options) {
  let graph = new StateGraph(State);
  for (const [index, stage] of stages.entries()) {
    graph = graph.addNode(`step${index}`, async ({ item }) => ({ item: await stage(item) }), options);
  }
  graph = graph.addEdge(START, 'step0');
  for (let index = 1; index < stages.length; index++) graph = graph.addEdge(`step${index - 1}`, `step${index}`);
  return graph.addEdge(`step${stages.length - 1}`, END).compile();
}

function lineOf(graph) {
  return { call: (item) => graph.invoke({ item }), stop() {} };
}

export const contender = {
  name: 'langgraph',
  about:
    'StateGraph, one invoke per item: it has no queues, so throughput is one item after the other; ' +
    'W4b: its retryPolicy waits for a timer of 0 ms; W5: streamMode custom',
  /** Times fewer items than the others get: it is that much slower. */
  fewer: 200,
  line: (stages) => lineOf(graphOf(stages)),
  async pump(stages, count) {
    const graph = graphOf(stages);
    for (let n = 0; n < count; n++) await graph.invoke({ item: new Item(n) });
  },
  async fork(count) {
    const graph = new StateGraph(Halves)
      .addNode('source', async ({ item }) => ({ item }))
      .addNode('one', async ({ item }) => ({ left: item }))
      .addNode('two', async ({ item }) => ({ right: item }))
      .addNode('pair', async ({ item }) => ({ item }))
      .addEdge(START, 'source')
      .addEdge('source', 'one')
      .addEdge('source', 'two')
      .addEdge(['one', 'two'], 'pair')
      .addEdge('pair', END)
      .compile();
    for (let n = 0; n < count; n++) await graph.invoke({ item: new Item(n) });
  },
  policed: (stage, on) => lineOf(graphOf([stage], on ? { timeout: 5000, retryPolicy: RETRY_POLICY } : {})),
  retrying: (flaky) => lineOf(graphOf([flaky], { retryPolicy: RETRY_POLICY })),
  async chunks(messages) {
    const graph = new StateGraph(State)
      .addNode('reply', async ({ item }, config) => {
        for (let n = 0; n < CHUNKS; n++) config.writer('chunk');
        return { item };
      })
      .addEdge(START, 'reply')
      .addEdge('reply', END)
      .compile();
    let seen = 0;
    for (let n = 0; n < messages; n++) {
      for await (const _ of await graph.stream({ item: new Item(n) }, { streamMode: 'custom' })) seen++;
    }
    if (seen !== messages * CHUNKS) throw new Error('lost a chunk');
  },
  cannot: { W8: 'concurrency belongs to batch(), not to a node' },
};
