import { Body, Controller, Injectable, Module, Post } from '@nestjs/common';
import { Flow, joinK, Node, start, type EmitOptions, type FlowNode, type NodeContext } from '#src/index.js';
import { CallFlow, FlowRequest, InjectFlow, PenguiFlowModule, StreamFlow, type FlowHandle } from '#src/nestjs/index.js';
import { deferred, type Deferred } from '../../support/deferred.js';

/** What a client asks for. */
interface Ask {
  /** Who asks; a word for the answer to be known by. */
  readonly client: string;
}

/** One client's work inside the flow, which the test lets go on step by step. */
export interface Visit {
  readonly ctx: NodeContext;
  /** Ends the next wait of the node. */
  readonly go: () => void;
}

/** Where tests meet the work of each client. */
@Injectable()
export class Lobby {
  readonly #visits = new Map<string, Deferred<Visit>>();
  readonly #left = new Map<string, Deferred>();

  /** Resolves when the work of a client is inside. */
  visit(client: string): Promise<Visit> {
    return at(this.#visits, client).promise;
  }

  /** Resolves when the work of a client was interrupted. */
  left(client: string): Promise<void> {
    return at(this.#left, client).promise;
  }

  /** Announces the work of a client; what it returns waits until the test says `go`, or the work is interrupted. */
  enter(client: string, ctx: NodeContext): () => Promise<void> {
    const steps: Deferred[] = [deferred()];
    let [asked, gone] = [0, 0];
    const step = (index: number): Deferred => (steps[index] ??= deferred());
    ctx.signal.addEventListener('abort', () => at(this.#left, client).resolve());
    at(this.#visits, client).resolve({ ctx, go: () => step(gone++).resolve() });
    return () => Promise.race([step(asked++).promise, this.left(client)]);
  }
}

function at<T>(map: Map<string, Deferred<T>>, client: string): Deferred<T> {
  const known = map.get(client) ?? deferred<T>();
  map.set(client, known);
  return known;
}

/** Says three words, a chunk each, and waits before each of them. */
@Node({ concurrency: 8 })
class Speak implements FlowNode<Ask, string> {
  constructor(private readonly lobby: Lobby) {}

  async process({ client }: Ask, ctx: NodeContext): Promise<string> {
    const turn = this.lobby.enter(client, ctx);
    for (const word of ['one', 'two', 'three']) {
      await turn();
      if (ctx.signal.aborted) throw ctx.signal.reason;
      await ctx.emitChunk(`${client} ${word}`);
    }
    return `answer for ${client}`;
  }
}

@Flow()
class Speech {
  readonly graph = start(Speak);
}

/** Sends two halves to the join, and waits before each. */
@Node({ concurrency: 8 })
class Halve implements FlowNode<Ask, string> {
  constructor(private readonly lobby: Lobby) {}

  async *process({ client }: Ask, ctx: NodeContext): AsyncGenerator<string> {
    const turn = this.lobby.enter(client, ctx);
    for (const half of ['left', 'right']) {
      await turn();
      yield `${client} ${half}`;
    }
  }
}

const Whole = joinK<string>('whole', 2);

@Flow()
class Halves {
  readonly graph = start(Halve).to(Whole);
}

@Controller()
class ClientsController {
  constructor(@InjectFlow(Speech) private readonly speech: FlowHandle<typeof Speech>) {}

  @Post('call')
  @CallFlow(Speech)
  call(@Body() ask: Ask): Ask {
    return ask;
  }

  @Post('stream')
  @StreamFlow(Speech)
  stream(@Body() ask: Ask): Ask {
    return ask;
  }

  @Post('halves')
  @CallFlow(Halves)
  halves(@Body() ask: Ask): Ask {
    return ask;
  }

  @Post('by-hand')
  async byHand(@Body() ask: Ask, @FlowRequest() request: EmitOptions): Promise<{ answer: string }> {
    return { answer: await this.speech.call(ask, request) };
  }
}

@Module({
  imports: [PenguiFlowModule.forRoot({ logging: { level: 'silent' } }), PenguiFlowModule.forFeature([Speech, Halves])],
  controllers: [ClientsController],
  providers: [Speech, Speak, Halves, Halve, Whole, Lobby],
})
export class ClientsApp {}
