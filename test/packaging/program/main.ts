// What `npm run smoke` compiles and runs in a project that has nothing but the packed package and its peers, once as an
// ES module and once as CommonJS (so: no top-level await here).
import 'reflect-metadata';
import { FlowError, Message, SystemClock } from 'penguiflow';
import { container, injectable } from 'tsyringe';

@injectable()
class Stamps {
  constructor(private readonly clock: SystemClock) {}

  stamp(payload: string): Message<string> {
    return new Message(payload, { ts: this.clock.now() / 1000 });
  }
}

container.register(SystemClock, { useValue: new SystemClock() });
const message = container.resolve(Stamps).stamp('hello');
const error = new FlowError('NODE_EXCEPTION', { message: 'a node threw', traceId: message.traceId });
if (!FlowError.is(error, 'NODE_EXCEPTION') || error.traceId !== message.traceId) process.exitCode = 1;
console.log(JSON.stringify({ payload: message.payload, code: error.code }));
