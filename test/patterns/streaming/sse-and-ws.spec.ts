import { expect } from 'chai';
import fc from 'fast-check';
import { chunkToWsJson, formatSseEvent, StreamChunk } from '#src/index.js';
import { anyText } from '../../support/any-text.js';
import { thrownBy } from '../../support/thrown-by.js';
import { readSse } from './sse-reader.js';

/** Texts with everything that could break a line or a field. */
const text = fc.oneof(
  anyText,
  fc
    .array(fc.constantFrom('a', ' ', ':', '\n', '\r', '\r\n', '\0', '\uFEFF', '\u2028', '\u0085', 'data: x', '🐧'), {
      maxLength: 12,
    })
    .map((parts) => parts.join('')),
);
const jsonObject = fc.dictionary(fc.string(), fc.jsonValue());
const chunk = fc
  .tuple(fc.string(), fc.nat(), text, fc.boolean(), jsonObject)
  .map(([streamId, seq, body, done, meta]) => new StreamChunk(streamId, seq, body, done, meta));
const field = fc.string({ minLength: 1 }).filter((value) => !/[\r\n\0]/.test(value));

describe('formatSseEvent', () => {
  it('writes the fields of the original', () => {
    expect(formatSseEvent(new StreamChunk('s', 3, 'krill'))).to.equal('event: chunk\nid: 3\ndata: krill\n\n');
    expect(formatSseEvent(new StreamChunk('s', 4, '', true, { tokens: 7 }), { retryS: 1.5 })).to.equal(
      'event: done\nid: 4\ndata: \ndata: {"tokens":7}\nretry: 1500\n\n',
    );
  });

  it('R18 a stream of chunks is read back event by event, with line breaks of all kinds as one', () => {
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 8 }), (chunks) => {
        const { events } = readSse(chunks.map((each) => formatSseEvent(each)).join(''));
        expect(events).to.deep.equal(
          chunks.map((each) => ({
            type: each.done ? 'done' : 'chunk',
            data:
              each.text.replace(/\r\n|\r/g, '\n') +
              (Object.keys(each.meta).length === 0 ? '' : `\n${JSON.stringify(each.meta)}`),
            lastEventId: String(each.seq),
          })),
        );
      }),
    );
  });

  it("with data: 'json', the whole chunk is read back", () => {
    fc.assert(
      fc.property(chunk, (each) => {
        const { events } = readSse(formatSseEvent(each, { data: 'json' }));
        expect(events).to.have.lengthOf(1);
        const { stream_id, ...rest } = JSON.parse(events[0]?.data ?? '') as Record<string, unknown>;
        expect({ streamId: stream_id, ...rest }).to.deep.equal(JSON.parse(JSON.stringify(each)));
      }),
    );
  });

  it('writes a name, an id and a retry that a reader takes as they are', () => {
    fc.assert(
      fc.property(field, field, fc.nat(), (eventName, id, ms) => {
        const stream = formatSseEvent(new StreamChunk('s', 0, 'x'), { eventName, id, retryS: ms / 1000 });
        // The browser's name for events without one.
        expect(readSse(stream)).to.deep.equal({
          events: [{ type: eventName, data: 'x', lastEventId: id }],
          retryMs: ms,
        });
      }),
    );
  });

  it('leaves the id out when asked to, so that the last one stays', () => {
    const chunks = [new StreamChunk('s', 0, 'a'), new StreamChunk('s', 1, 'b')] as const;
    const stream = formatSseEvent(chunks[0]) + formatSseEvent(chunks[1], { id: false });
    expect(readSse(stream).events.map(({ lastEventId }) => lastEventId)).to.deep.equal(['0', '0']);
  });

  it('refuses what would break the event', () => {
    const x = new StreamChunk('s', 0, 'x');
    for (const options of [
      { eventName: '' },
      { eventName: 'a\nb' },
      { id: 'a\rdata: forged' },
      { id: 'a\0' },
      { retryS: -1 },
      { retryS: Number.NaN },
      { data: 'xml' as 'json' },
      { name: 'x' } as object,
    ]) {
      expect(thrownBy(() => formatSseEvent(x, options)).code, JSON.stringify(options)).to.equal('INVALID_OPTION');
    }
    expect(thrownBy(() => formatSseEvent(new StreamChunk('s', 0, 7 as unknown as string))).code).to.equal(
      'INVALID_MESSAGE',
    );
  });
});

describe('chunkToWsJson', () => {
  it('writes the keys of the original, and those of the caller', () => {
    const json = chunkToWsJson(new StreamChunk('s', 2, 'a\n"b"', true, { n: 1 }), { done: 'yes', room: 7 });
    expect(JSON.parse(json)).to.deep.equal({
      stream_id: 's',
      seq: 2,
      text: 'a\n"b"',
      done: 'yes',
      meta: { n: 1 },
      room: 7,
    });
  });

  it('is text that UTF-8 can carry, whatever the chunk holds', () => {
    fc.assert(
      fc.property(chunk, (each) => {
        const json = chunkToWsJson(each);
        expect(Buffer.from(json).toString()).to.equal(json);
        expect((JSON.parse(json) as StreamChunk).text).to.equal(each.text);
      }),
    );
    expect(chunkToWsJson(new StreamChunk('s', 0, '\ud83d'))).to.contain('\\ud83d');
  });

  it('refuses what JSON cannot carry', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    for (const meta of [cycle, { big: 1n }]) {
      const error = thrownBy(() => chunkToWsJson(new StreamChunk('s', 0, 'x', false, meta)));
      expect(error.code).to.equal('INVALID_MESSAGE');
      expect(error.cause).to.be.instanceOf(TypeError);
    }
  });
});
