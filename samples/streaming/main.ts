import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  chunkToWsJson,
  configureLogging,
  createFlow,
  emitStreamEvents,
  Flow,
  FlowError,
  FlowLogger,
  formatSseEvent,
  Node,
  shutdownLogging,
  start,
  StreamChunk,
  type FlowNode,
  type NodeContext,
} from 'penguiflow';

const STORY = `Emperor penguins breed in the Antarctic winter, at 40 degrees below zero.
The father holds the egg on his feet for nine weeks and eats nothing.
To keep warm, thousands stand in a huddle, and each takes its turn at the edge.`;

/** Where the text comes from: a language model in real life, a text cut into words here. */
class TextSource {
  /** @param signal - stops the source */
  async *tokens(_question: string, pauseMs: number, signal: AbortSignal): AsyncGenerator<string> {
    for (const token of STORY.match(/\S+\s*/g) ?? []) {
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal });
      yield token;
    }
  }
}

/** Streams the answer, chunk by chunk, and returns the whole of it. */
@Node({ timeoutS: 60 })
class Answer implements FlowNode<string, string> {
  constructor(private readonly source: TextSource) {}

  process(question: string, ctx: NodeContext): Promise<string> {
    // Somebody watches: slow enough to be seen.
    const tokens = this.source.tokens(question, ctx.meta['watched'] === true ? 60 : 0, ctx.signal);
    return emitStreamEvents(tokens, ctx);
  }
}

@Node()
class CountWords implements FlowNode<string, number> {
  process(text: string): number {
    return text.split(/\s+/).length;
  }
}

@Flow({ name: 'streaming-sample', middlewares: [FlowLogger] })
class Storyteller {
  readonly graph = start(Answer).to(CountWords);
}

const FORMATS: Readonly<Record<string, (chunk: StreamChunk) => string>> = {
  '--text': ({ text, done }) => (done ? '\n' : text),
  '--sse': (chunk) => formatSseEvent(chunk),
  '--ws': (chunk) => `${chunkToWsJson(chunk)}\n`,
};

async function main(option = '--text'): Promise<number> {
  const format = FORMATS[option];
  if (format === undefined) {
    process.stderr.write(`Unknown option ${option}; there are ${Object.keys(FORMATS).join(', ')}\n`);
    return 2;
  }
  configureLogging({ level: 'warn', destination: 'stderr' });
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  // Whoever read the output has left: `| head`.
  process.stdout.once('error', () => interrupt.abort());
  await using flow = createFlow(Storyteller);
  await flow.run();
  const watched = process.stdout.isTTY;
  const stream = flow.stream('How do penguins keep warm?', { signal: interrupt.signal, meta: { watched } });
  try {
    for await (const piece of stream) if (piece instanceof StreamChunk) process.stdout.write(format(piece));
    process.stderr.write(`${await stream.result} words\n`);
  } catch (error) {
    if (!FlowError.is(error, 'ABORTED')) throw error;
    process.stderr.write('\nInterrupted.\n');
    return 130;
  }
  return 0;
}

main(process.argv[2])
  .then(async (exitCode) => {
    await shutdownLogging();
    process.exitCode = exitCode;
  })
  .catch((error: unknown) => {
    process.exitCode = 1;
    console.error(error);
  });
