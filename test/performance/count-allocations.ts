// Prints how many bytes a message and a hop allocate. Started by the test beside it, in a process without optimising
// compiler and with room enough that no garbage is collected: the same bytes each time, on a busy machine as well.
import 'reflect-metadata';
import process from 'node:process';

import { createFlow, Flow, Node, uncheckedGraph, type FlowClass, type FlowNode } from '#src/index.js';

const WARM_UP = 200;
const MESSAGES = 2_000;

/** A chain of identity nodes with timeout and retries. */
function chainOf(length: number): FlowClass<object> {
  const nodes = Array.from({ length }, (_, index) => {
    class Step implements FlowNode<object, object> {
      async process(payload: object): Promise<object> {
        return payload;
      }
    }
    Object.defineProperty(Step, 'name', { value: `Step${index}` });
    Node({ timeoutS: 5, maxRetries: 3 })(Step);
    return Step;
  });
  class Chain {
    readonly graph = uncheckedGraph<object, object>(
      nodes.map((node, index) => [node, index + 1 < length ? [nodes[index + 1] as typeof node] : []]),
    );
  }
  Flow({ queueMaxsize: 64 })(Chain);
  return Chain;
}

async function bytesPerMessage(length: number, listen: boolean): Promise<number> {
  const flow = createFlow(chainOf(length));
  if (listen) flow.on('*', () => {});
  await flow.run();
  const pump = async (count: number): Promise<void> => {
    const consumed = (async () => {
      for (let n = 0; n < count; n++) await flow.fetch();
    })();
    for (let n = 0; n < count; n++) await flow.emit({});
    await consumed;
  };
  await pump(WARM_UP);
  const before = process.memoryUsage().heapUsed;
  await pump(MESSAGES);
  const bytes = (process.memoryUsage().heapUsed - before) / MESSAGES;
  await flow.stop();
  return bytes;
}

const short = await bytesPerMessage(1, false);
const long = await bytesPerMessage(9, false);
const heard = await bytesPerMessage(9, true);
const hop = (long - short) / 8;
process.stdout.write(
  JSON.stringify({
    hop: Math.round(hop),
    message: Math.round(short - hop),
    event: Math.round((heard - long) / 18),
  }),
);
process.exit();
