// What `npm run smoke` compiles and runs in a project that has nothing but the packed package and its peers, once as an
// ES module and once as CommonJS (so: no top-level await here).
import 'reflect-metadata';
import { Flow, FlowError, Message, Node, start, SystemClock, type FlowNode } from 'penguiflow';
import { container, injectable } from 'tsyringe';

@injectable()
class Stamps {
  constructor(private readonly clock: SystemClock) {}

  stamp(payload: string): Message<string> {
    return new Message(payload, { ts: this.clock.now() / 1000 });
  }
}

class Even {
  constructor(readonly value: number) {}
}

class Odd {
  constructor(readonly value: number) {}
}

@Node()
class Sort implements FlowNode<number, Even | Odd> {
  process(value: number): Even | Odd {
    return value % 2 === 0 ? new Even(value) : new Odd(value);
  }
}

@Node()
class Halve implements FlowNode<Even, number> {
  process({ value }: Even): number {
    return value / 2;
  }
}

@Node()
class Keep implements FlowNode<Odd, number> {
  process({ value }: Odd): number {
    return value;
  }
}

/** Exported, so that its declaration must name the types of the graph. */
@Flow()
export class Halves {
  readonly graph = start(Sort).on(Even, Halve).on(Odd, Keep);
}

container.register(SystemClock, { useValue: new SystemClock() });
const message = container.resolve(Stamps).stamp('hello');
const error = new FlowError('NODE_EXCEPTION', { message: 'a node threw', traceId: message.traceId });
if (!FlowError.is(error, 'NODE_EXCEPTION') || error.traceId !== message.traceId) process.exitCode = 1;
console.log(JSON.stringify({ payload: message.payload, code: error.code }));
