import { expect } from 'chai';

import { FlowError, Node, start, type FlowNode } from '#src/index.js';
import { useFlows } from '../support/flows.js';

const startedAt: number[] = [];

describe('maxPerS', () => {
  const bench = useFlows();
  beforeEach(() => {
    startedAt.length = 0;
  });

  @Node({ maxPerS: 2, concurrency: 8 })
  class Limited implements FlowNode<number, number> {
    process(n: number): number {
      startedAt.push(bench.clock.monotonic());
      return n;
    }
  }

  it('spaces the starts of a node evenly', async () => {
    const flow = await bench.run(start(Limited));
    for (let n = 0; n < 4; n++) await flow.emit(n);
    await bench.clock.advance(1_500);
    expect(startedAt).to.deep.equal([0, 500, 1_000, 1_500]);
  });

  it('does not save up what an idle node did not use', async () => {
    const flow = await bench.run(start(Limited));
    await bench.clock.advance(10_000);
    for (let n = 0; n < 2; n++) await flow.emit(n);
    await bench.clock.advance(400);
    expect(startedAt).to.deep.equal([10_000]);
  });

  it('shows in snapshot() how many messages wait for it', async () => {
    const flow = await bench.run(start(Limited));
    for (let n = 0; n < 3; n++) await flow.emit(n);
    expect(flow.snapshot().nodes[0]).to.include({ throttled: 2, queued: 2, inFlight: 0 });
    await bench.clock.advance(1_000);
    expect(flow.snapshot().nodes[0]).to.include({ throttled: 0, queued: 0 });
  });

  it('R16 what waits for it can be cancelled', async () => {
    const flow = await bench.run(start(Limited));
    await flow.emit(1);
    const second = flow.call(2, { traceId: 'second' }).catch((reason: unknown) => reason);
    expect(flow.cancel('second')).to.equal(true);
    expect(FlowError.is(await second, 'TRACE_CANCELLED')).to.equal(true);
    await bench.clock.advance(5_000);
    expect(startedAt).to.deep.equal([0]);
  });

  it('counts retries as starts', async () => {
    let failures = 1;
    @Node({ maxPerS: 1, maxRetries: 1, backoffBaseS: 0 })
    class Flaky implements FlowNode<number, number> {
      process(n: number): number {
        startedAt.push(bench.clock.monotonic());
        if (failures-- > 0) throw new Error('once');
        return n;
      }
    }
    const flow = await bench.run(start(Flaky));
    await flow.emit(1);
    await flow.emit(2);
    await bench.clock.advance(3_000);
    expect(startedAt).to.deep.equal([0, 1_000, 2_000]);
  });

  it('R10 is refused when it is not > 0', () => {
    expect(() =>
      Node({ maxPerS: 0 })(
        class Never {
          process(): void {}
        },
      ),
    ).to.throw('Expected `maxPerS` of @Node "Never" to be > 0, got 0');
  });
});
