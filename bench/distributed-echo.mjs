// A flow of one node that gives back what it gets, for `bench/distributed.mjs`; as a program it serves it from a file until whoever started it has gone.
import 'reflect-metadata';
import { configureLogging, Flow, Node, start } from '../lib/index.js';
import { Distributed, serveFlow, sqliteCarrier } from '../lib/distributed/index.js';

// Nobody listens: what is measured is the way there and back.
configureLogging({ destination: 'none' });

class Echo {
  process(payload) {
    return payload;
  }
}
Node()(Echo);

export class EchoFlow {
  graph = start(Echo);
}
Flow()(EchoFlow);
Distributed({})(EchoFlow);

if (process.send !== undefined && import.meta.filename === process.argv[1]) {
  const worker = await serveFlow(EchoFlow, { carrier: sqliteCarrier({ file: process.argv[2] }) });
  process.once('disconnect', () => void worker.stop());
  process.send('ready');
}
