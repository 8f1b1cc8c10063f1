// Sends some messages through a chain of nodes whose hops go the shortest way. Started by bytecode.spec.ts, which reads what V8
// prints of the functions that this compiles.
import 'reflect-metadata';
import process from 'node:process';

import { createFlow, Flow, Node, start, type FlowNode } from '#src/index.js';

@Node({ timeoutS: 5, maxRetries: 3 })
class First implements FlowNode<object, object> {
  async process(payload: object): Promise<object> {
    return payload;
  }
}

@Node({ timeoutS: 5, maxRetries: 3 })
class Second implements FlowNode<object, object> {
  async process(payload: object): Promise<object> {
    return payload;
  }
}

@Flow()
class Chain {
  readonly graph = start(First).to(Second);
}

const flow = createFlow(Chain);
await flow.run();
for (let n = 0; n < 10; n++) await flow.call({});
await flow.stop();
process.exit();
