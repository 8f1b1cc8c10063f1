import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { keptFailure } from '#src/errors/kept-failure.js';

function failure(cause: unknown, metadata = {}): FlowError {
  return new FlowError('NODE_EXCEPTION', { message: 'm', traceId: 't', nodeName: 'A', nodeId: 'F.A', cause, metadata });
}

describe('a failure that is kept', () => {
  it('R14 says what the failure said', () => {
    const error = failure(new TypeError('inner', { cause: 'told' }), { attempt: 2 });
    const kept = keptFailure(error);
    expect(kept).not.to.equal(error);
    expect(kept.toPayload()).to.deep.equal(error.toPayload());
    expect([kept.hint, kept.stack, FlowError.is(kept)]).to.deep.equal([error.hint, error.stack, true]);
    const { cause } = kept as { cause: Error };
    expect([cause.name, cause.stack, cause.cause]).to.deep.equal(['TypeError', (error.cause as Error).stack, 'told']);
    expect(Object.keys(cause)).to.deep.equal([]);
  });

  it('R3 R14 lets go of what was thrown', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const kept: FlowError[] = [];
    const gone: WeakRef<object>[] = [];
    (() => {
      const payload = { rows: [] };
      const thrown = Object.assign(new Error('inner', { cause: payload }), { payload });
      gone.push(new WeakRef(payload), new WeakRef(thrown));
      kept.push(keptFailure(failure(thrown)), keptFailure(failure(payload)));
    })();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    collect();
    expect(kept).to.have.length(2);
    expect(gone.map((each) => each.deref())).to.deep.equal([undefined, undefined]);
  });

  it('R3 R14 keeps plain facts, and tells of others by their kind', () => {
    class Order {}
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const hostile = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('hostile');
        },
      },
    );
    const { metadata } = keptFailure(
      failure(undefined, {
        violations: [{ path: 'id', constraints: { isString: 'must be a string' } }],
        payload: Buffer.alloc(1_000_000),
        nested: [{ order: new Order(), build: () => {} }],
        hostile,
        circle,
        wide: Array.from({ length: 100_000 }, (_, index) => index),
        ['k'.repeat(100_000)]: 1,
      }),
    );
    expect(metadata).to.deep.include({
      violations: [{ path: 'id', constraints: { isString: 'must be a string' } }],
      payload: 'an object of class Buffer',
      nested: [{ order: 'an object of class Order', build: 'function build' }],
    });
    expect(metadata).not.to.have.any.keys('hostile');
    expect(metadata['wide']).to.have.length.below(1_000);
    expect(JSON.stringify(metadata).length).to.be.below(20_000);
  });

  it('R14 keeps the errors of an AggregateError, and a part of those that are very many', () => {
    const several = new AggregateError([new TypeError('one'), 'two'], 'both');
    const { cause } = keptFailure(failure(several)) as { cause: AggregateError };
    expect([cause.name, cause.message]).to.deep.equal(['AggregateError', 'both']);
    expect(cause.errors.map(String)).to.deep.equal(['TypeError: one', 'two']);
    let tree = new AggregateError([], 'leaf');
    for (let depth = 0; depth < 40; depth++) tree = new AggregateError([tree, tree], 'inner');
    const count = (error: unknown): number =>
      error instanceof Error
        ? 1 + ((error as AggregateError).errors ?? []).reduce((sum: number, each: unknown) => sum + count(each), 0)
        : 0;
    expect(count(keptFailure(failure(tree)).cause)).to.be.within(8, 32);
  });

  it('R14 keeps a part of texts that are too long, and of causes without an end', () => {
    const endless = new Error('x'.repeat(100_000));
    endless.cause = endless;
    const kept = keptFailure(failure(endless, { repr: 'y'.repeat(100_000) }));
    let depth = 0;
    for (let at: unknown = kept.cause; at instanceof Error; at = at.cause) {
      depth++;
      expect(at.message.length).to.equal(8_193);
      expect((at.stack as string).length).to.equal(8_193);
    }
    expect(depth).to.equal(8);
    expect((kept.metadata['repr'] as string).length).to.equal(8_193);
  });

  it('R14 takes failures of playbooks and what is no Error as they are', () => {
    const inner = new FlowError('NOT_RUNNING', { message: 'inner' });
    expect(keptFailure(failure(inner)).cause).to.include({ code: 'NOT_RUNNING', hint: inner.hint });
    for (const thrown of [1, null, true, 'text']) expect(keptFailure(failure(thrown)).cause).to.equal(thrown);
    const hostile = new Proxy(new Error('no'), {
      get() {
        throw new Error('hostile');
      },
    });
    expect(keptFailure(failure(hostile)).cause).to.equal(undefined);
  });
});
