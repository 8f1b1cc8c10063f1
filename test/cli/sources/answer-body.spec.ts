import { expect } from 'chai';

import { CommandFailure } from '#src/cli/command-failure.js';
import { eventsOf, jsonOf, type StreamedEvent } from '#src/cli/sources/answer-body.js';

import { reasonOf } from '../../support/settling.js';

const MB = 1024 * 1024;

function answer(...chunks: string[]): Response {
  return new Response(ReadableStream.from(chunks.map((chunk) => Buffer.from(chunk))));
}

/** What never ends, of a chunk again and again. */
function endless(chunk: string): Response {
  const bytes = Buffer.from(chunk);
  return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(bytes) }));
}

async function all(events: AsyncIterable<StreamedEvent>): Promise<StreamedEvent[]> {
  const found: StreamedEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}

describe('what an inspector answers', () => {
  it('is read as JSON, whatever pieces it comes in', async () => {
    const [first, second] = ['{"a":"f', 'ish"}'];
    expect(await jsonOf(answer(first, second))).to.deep.equal({ a: 'fish' });
  });

  it('is not read to its end where it has none', async () => {
    expect(await reasonOf(jsonOf(endless(' '.repeat(MB))))).to.be.instanceOf(CommandFailure);
    expect(await reasonOf(all(eventsOf(endless('x'.repeat(MB)))))).to.be.instanceOf(CommandFailure);
  });

  it('is read as events, whatever pieces and line ends they come in', async () => {
    const events = await all(
      eventsOf(answer(': here\n\nevent: snap', 'shot\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata: 2\n\n')),
    );
    expect(events).to.deep.equal([
      { event: 'snapshot', data: { a: 1 } },
      { event: 'message', data: 2 },
    ]);
  });

  it('is given up when nothing comes any more', async () => {
    const silent = new Response(new ReadableStream({}));
    expect(await reasonOf(all(eventsOf(silent, 1)))).to.include({ name: 'TimeoutError' });
  });
});
