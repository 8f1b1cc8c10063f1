import 'reflect-metadata';
import { configureLogging, createFlow, Flow, FlowLogger, Node, start, type FlowNode } from 'penguiflow';

interface Greeting {
  readonly hello: string;
}

/** Hands on what it gets. */
@Node({ timeoutS: 5, maxRetries: 0 })
class Nop implements FlowNode<Greeting, Greeting> {
  process(greeting: Greeting): Greeting {
    return greeting;
  }
}

/** The smallest flow: one node. */
@Flow({ middlewares: [FlowLogger] })
class Quickstart {
  readonly graph = start(Nop);
}

async function main(): Promise<void> {
  configureLogging({ level: 'debug', structured: true });
  const flow = createFlow(Quickstart);
  await flow.run();
  await flow.emit({ hello: 'world' });
  await flow.fetch();
  await flow.stop();
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(`${String(error)}\n`);
});
