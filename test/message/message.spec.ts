import { expect } from 'chai';
import { Message, StreamChunk } from '#src/index.js';
import { thrownBy } from '../support/thrown-by.js';

describe('Message', () => {
  it('R1 has a fresh trace id and the default tenant unless it is told otherwise', () => {
    const message = new Message('p');
    expect(message.traceId).to.match(/^[0-9a-f]{32}$/);
    expect(message.headers).to.deep.equal({ tenant: 'default', priority: 0 });
    expect([message.payload, message.meta, message.deadlineS]).to.deep.equal(['p', {}, undefined]);
    expect(Math.abs(message.ts - Date.now() / 1000)).to.be.lessThan(60);
  });

  it('R1 is frozen, its headers too', () => {
    const message = new Message('p', { headers: { tenant: 'acme' } });
    expect([Object.isFrozen(message), Object.isFrozen(message.headers)]).to.deep.equal([true, true]);
  });

  it('R1 refuses what can be no trace id and no time', () => {
    for (const traceId of ['', 1, null, {}] as never[]) {
      expect(thrownBy(() => new Message(1, { traceId })).code).to.equal('INVALID_MESSAGE');
    }
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, '1', null] as never[]) {
      expect(thrownBy(() => new Message(1, { deadlineS: wrong })).message).to.contain('deadlineS');
      expect(thrownBy(() => new Message(1, { ts: wrong })).message).to.contain('ts');
    }
  });

  it('R1 refuses headers that are none, fields nobody knows, and what is no object', () => {
    for (const [init, message] of [
      [{ headers: { tenant: '' } }, 'Expected `headers.tenant` of a Message to be a non-empty string, got ""'],
      [{ headers: { topic: 5 } }, 'Expected `headers.topic` of a Message to be a string, got 5'],
      [
        { headers: { priority: Number.NaN } },
        'Expected `headers.priority` of a Message to be a finite number, got NaN',
      ],
      [{ headers: { prio: 1 } }, 'Unknown field `prio` of the headers of a Message'],
      [{ headers: 'acme' }, 'Expected the fields of the headers of a Message to be an object, got "acme"'],
      [{ timeoutS: 5 }, 'Unknown field `timeoutS` of a Message'],
      [null, 'Expected the fields of a Message to be an object, got null'],
    ] as const) {
      expect(thrownBy(() => new Message(1, init as never))).to.include({ code: 'INVALID_MESSAGE', message });
    }
    expect(thrownBy(() => new Message(1, { tenant: 'acme' } as never)).hint).to.contain(
      '`tenant` belongs into `headers`',
    );
  });

  it('R1 may be subclassed with fields of its own', () => {
    class Sealed<T> extends Message<T> {
      readonly seal = 'wax';
    }
    const message = new Sealed('p', { traceId: 't' });
    expect([message.seal, message.payload, Message.is(message)]).to.deep.equal(['wax', 'p', true]);
  });

  it('R2 with() copies, keeps the trace, and changes what is named', () => {
    const message = new Message('p', {
      traceId: 't',
      headers: { tenant: 'acme', topic: 'x' },
      deadlineS: 5,
      meta: { a: 1 },
      ts: 1,
    });
    const changed = message.with({ payload: 2, headers: { priority: 3 } });
    expect(Object.fromEntries(Object.entries(changed))).to.deep.equal({
      payload: 2,
      traceId: 't',
      headers: { tenant: 'acme', topic: 'x', priority: 3 },
      deadlineS: 5,
      meta: { a: 1 },
      ts: 1,
    });
    expect(message.with({}).payload).to.equal('p');
    expect(message.with({ payload: undefined }).payload).to.equal(undefined);
    expect(message.with({ traceId: 'u' }).traceId).to.equal('u');
  });

  it('R2 with() of a payload alone keeps the rest of the envelope, and refuses what with() refuses', () => {
    const message = new Message(1, { headers: { tenant: 'acme', topic: 't' }, meta: { k: 1 }, deadlineS: 9, ts: 8 });
    const copy = message.with({ payload: 2 });
    expect(copy).to.deep.equal(
      new Message(2, {
        headers: message.headers,
        traceId: message.traceId,
        meta: { k: 1 },
        deadlineS: 9,
        ts: 8,
      }),
    );
    expect(Object.isFrozen(copy)).to.equal(true);
    expect(Object.isFrozen(copy.headers)).to.equal(true);
    expect(() => message.with({ payload: 2, tenant: 'x' } as never)).to.throw('Unknown field `tenant` of a Message');
    expect(() => message.with(null as never)).to.throw();
  });

  it('R1 has a frozen shallow copy of its meta, which copies of the message share', () => {
    const meta: Record<string, unknown> = { k: 1 };
    const message = new Message(1, { meta });
    meta['k'] = 2;
    expect([message.meta, Object.isFrozen(message.meta)]).to.deep.equal([{ k: 1 }, true]);
    expect(message.with({ payload: 2 }).meta).to.equal(message.meta);
    expect(message.with({ headers: { tenant: 'acme' } }).meta).to.equal(message.meta);
    expect(Object.isFrozen(new Message(1).meta)).to.equal(true);
  });

  it('R2 is known to another installed copy of the package by a marker that both share', () => {
    expect(Symbol.for('penguiflow:message') in new Message(1)).to.equal(true);
    expect(Message.is({ [Symbol.for('penguiflow:message')]: true })).to.equal(true);
  });

  it('R2 is told from payloads by its marker, which is not enumerated', () => {
    expect(Message.is(new Message(1))).to.equal(true);
    for (const other of [null, undefined, 1, 'x', {}, { payload: 1, traceId: 't' }, []]) {
      expect(Message.is(other)).to.equal(false);
    }
    expect(Object.keys(JSON.parse(JSON.stringify(new Message(1))) as object)).to.have.members([
      'payload',
      'headers',
      'traceId',
      'ts',
      'meta',
    ]);
  });
});

describe('StreamChunk', () => {
  it('is open, with no meta, unless it is told otherwise', () => {
    expect(Object.fromEntries(Object.entries(new StreamChunk('s', 0, 'text')))).to.deep.equal({
      streamId: 's',
      seq: 0,
      text: 'text',
      done: false,
      meta: {},
    });
  });
});
