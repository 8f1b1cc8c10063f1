import noflo from 'noflo';

import { CAPACITY, CHUNKS, Item } from '../../dist/bench/contender.js';

/** Starts one network that lives on; asCallback() would make one per call, whose end is only noticed 50 ms later. */
async function started(components, wire, first, last) {
  const loader = new noflo.ComponentLoader(import.meta.dirname);
  await loader.listComponents();
  const graph = new noflo.Graph('bench');
  for (const [name, make] of Object.entries(components)) {
    loader.registerComponent('bench', name, { getComponent: make });
    graph.addNode(name, `bench/${name}`);
  }
  for (const edge of wire) graph.addEdge(...edge);
  const network = await noflo.createNetwork(graph, { componentLoader: loader });
  const entry = noflo.internalSocket.createSocket();
  network.getNode(first).component.inPorts.item.attach(entry);
  const exit = noflo.internalSocket.createSocket();
  network.getNode(last).component.outPorts.out.attach(exit);
  // Started anew by the first packet, should it have ended for want of packets.
  return { network, send: (item) => entry.post(new noflo.IP('data', item)), onResult: (told) => exit.on('data', told) };
}

function chainOf(stages) {
  const components = Object.fromEntries(
    stages.map((stage, index) => [`step${index}`, () => noflo.asComponent((item) => stage(item))]),
  );
  const wire = stages.slice(1).map((_, index) => [`step${index}`, 'out', `step${index + 1}`, 'item']);
  return started(components, wire, 'step0', `step${stages.length - 1}`);
}

/** Connections have no bound, so whoever sends has to: 64 items are under way. */
function through({ network, send, onResult }, count, each = 1) {
  return new Promise((resolve) => {
    let sent = 0;
    let arrived = 0;
    onResult(() => {
      arrived++;
      if (arrived === count * each) resolve(network.stop());
      else if (arrived % each === 0 && sent < count) send(new Item(sent++));
    });
    while (sent < Math.min(CAPACITY, count)) send(new Item(sent++));
  });
}

export const contender = {
  name: 'noflo',
  about:
    'asComponent per stage in one long-lived network; connections have no bound, so 64 items are sent at once; W3: joined by order and not by message',
  fewer: 4,
  async line(stages) {
    const { network, send, onResult } = await chainOf(stages);
    let answer;
    onResult((item) => answer(item));
    return {
      call: (item) =>
        new Promise((resolve) => {
          answer = resolve;
          send(item);
        }),
      stop: () => network.stop(),
    };
  },
  pump: async (stages, count) => through(await chainOf(stages), count),
  async fork(count) {
    const step = () => noflo.asComponent(async (item) => item);
    const pair = () => noflo.asComponent(async (left, right) => [left, right]);
    const wire = [
      ['source', 'out', 'one', 'item'],
      ['source', 'out', 'two', 'item'],
      ['one', 'out', 'pair', 'left'],
      ['two', 'out', 'pair', 'right'],
    ];
    await through(await started({ source: step, one: step, two: step, pair }, wire, 'source', 'pair'), count);
  },
  async chunks(messages) {
    const reply = () => {
      const component = new noflo.Component({ inPorts: { item: {} }, outPorts: { out: {} } });
      return component.process((input, output) => {
        if (!input.hasData('item')) return;
        input.getData('item');
        for (let n = 0; n < CHUNKS; n++) output.send({ out: 'chunk' });
        output.done();
      });
    };
    await through(await started({ reply }, [], 'reply', 'reply'), messages, CHUNKS);
  },
  cannot: { W4: 'no retries', W8: 'nothing limits how many a component works on at once' },
};
