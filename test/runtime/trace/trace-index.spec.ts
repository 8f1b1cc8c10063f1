import { expect } from 'chai';
import fc from 'fast-check';
import { NO_META, PLAIN_HEADERS } from '#src/message/headers.js';
import { TraceIndex } from '#src/runtime/trace/trace-index.js';
import { TraceRecord } from '#src/runtime/trace/trace-record.js';

function traceOf(id?: string, emittedMs = 0): TraceRecord {
  return new TraceRecord(PLAIN_HEADERS, undefined, NO_META, emittedMs, id);
}

describe('TraceIndex', () => {
  it('R3 keeps the active traces in the order in which they began, and finds them by id', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constant<['add']>(['add']) },
      { weight: 4, arbitrary: fc.tuple(fc.constant<'delete'>('delete'), fc.nat()) },
      { weight: 1, arbitrary: fc.tuple(fc.constant<'get'>('get'), fc.nat()) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600, size: 'max' }), (steps) => {
        const index = new TraceIndex();
        const begun: TraceRecord[] = [];
        let active: TraceRecord[] = [];
        for (const [what, at = 0] of steps) {
          if (what === 'add') {
            // Three in a row bear one id.
            const trace = traceOf(`trace ${Math.floor(begun.length / 3)}`);
            begun.push(trace);
            active.push(trace);
            index.add(trace);
          } else if (begun.length !== 0) {
            const trace = begun[at % begun.length] as TraceRecord;
            if (what === 'get') expect(index.get(trace.id)).to.have.members(active.filter(({ id }) => id === trace.id));
            else {
              index.delete(trace);
              active = active.filter((other) => other !== trace);
            }
          }
        }
        expect([...index.all()]).to.deep.equal(active);
        expect(index.size).to.equal(active.length);
        for (const trace of begun) {
          expect(index.has(trace)).to.equal(active.includes(trace));
          expect(index.get(trace.id)).to.have.members(active.filter(({ id }) => id === trace.id));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('R3 closes its gaps: one trace that stays does not keep the places of all that came after it', () => {
    const index = new TraceIndex();
    const oldest = traceOf('oldest');
    index.add(oldest);
    let furthest = 0;
    for (let n = 0; n < 10_000; n++) {
      const trace = traceOf();
      index.add(trace);
      furthest = Math.max(furthest, trace.place);
      index.delete(trace);
    }
    expect(furthest).to.equal(63);
    expect([...index.all()]).to.deep.equal([oldest]);
    expect(index.get('oldest')).to.deep.equal([oldest]);
  });

  it('R3 may lose traces while it hands them out', () => {
    const index = new TraceIndex();
    const traces = Array.from({ length: 10 }, (_, n) => traceOf(`trace ${n}`));
    for (const trace of traces) index.add(trace);
    const seen: string[] = [];
    for (const trace of index.all()) {
      seen.push(trace.id);
      index.delete(trace);
      index.delete(traces[traces.indexOf(trace) + 1] as TraceRecord);
    }
    expect(seen).to.deep.equal(['trace 0', 'trace 2', 'trace 4', 'trace 6', 'trace 8']);
    expect(index.size).to.equal(0);
  });
});

describe('TraceRecord', () => {
  it('R1 has an id of its own, the same whenever somebody asks, or the one it was given', () => {
    const traces = Array.from({ length: 1000 }, () => traceOf());
    const spelled = traces.map((trace) => trace.formatId());
    const ids = traces.map(({ id }) => id);
    expect(spelled).to.deep.equal(ids);
    expect(new Set(ids).size).to.equal(1000);
    for (const id of ids) expect(id).to.match(/^[0-9a-f]{32}$/);
    expect(traces.map(({ id }) => id)).to.deep.equal(ids);
    expect(traceOf('my id').id).to.equal('my id');
  });

  it('R1 tells when its first message was made, to the last digit of the clock', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (ms) => {
        expect(traceOf(undefined, ms).ts).to.equal(ms / 1000);
      }),
    );
  });
});
