import noflo from 'noflo';

function graphOf(stages) {
  const loader = new noflo.ComponentLoader(import.meta.dirname);
  loader.components = {};
  loader.ready = true;
  const graph = new noflo.Graph('chain');
  for (const [index, stage] of stages.entries()) {
    loader.registerComponent('bench', `step${index}`, () => noflo.asComponent((item) => stage(item)));
    graph.addNode(`step${index}`, `bench/step${index}`);
    if (index > 0) graph.addEdge(`step${index - 1}`, 'out', `step${index}`, 'item');
  }
  graph.addInport('in', 'step0', 'item');
  graph.addOutport('out', `step${stages.length - 1}`, 'out');
  return noflo.asPromise(graph, { loader, networkCallback() {} });
}

export const contender = {
  name: 'noflo',
  about: 'asComponent per stage, asPromise over the graph; each call makes a network of its own',
  fewer: 200,
  line(stages) {
    const call = graphOf(stages);
    return { call, stop() {} };
  },
  cannot: {
    W2: 'asPromise() runs one item per network; connections have no bound',
    W4: 'no retries',
  },
};
