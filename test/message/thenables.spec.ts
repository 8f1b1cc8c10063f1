import { expect } from 'chai';
import { andThen, Later } from '#src/message/later.js';
import { isNativePromise, isThenable, toPromise } from '#src/message/is-thenable.js';
import { FULFILLED, withPatchedPromise } from '../support/thenables.js';

describe('what can be waited for', () => {
  for (const [kind, fulfilled] of Object.entries(FULFILLED)) {
    it(`${kind} is seen and waited for, also where \`Promise\` is another`, async () => {
      expect(isThenable(fulfilled(7))).to.equal(true);
      expect(await toPromise(fulfilled(7) as PromiseLike<number>)).to.equal(7);
      await withPatchedPromise(async () => {
        expect(isThenable(fulfilled(7))).to.equal(true);
        expect(isNativePromise(toPromise(fulfilled(7) as PromiseLike<number>))).to.equal(true);
        expect(await toPromise(fulfilled(7) as PromiseLike<number>)).to.equal(7);
      });
    });
  }

  it('nothing else is', () => {
    for (const value of [undefined, null, 0, 'then', true, 1n, Symbol('then'), {}, [], () => 1, { then: 1 }, new Map()])
      expect(isThenable(value)).to.equal(false);
  });

  it('what throws when it is called is a promise that rejects', async () => {
    const thrown = new Error('no');
    const throwing = {
      then() {
        throw thrown;
      },
    };
    expect(await toPromise(throwing as never).catch((error: unknown) => error)).to.equal(thrown);
  });
});

describe('a value that is not known yet', () => {
  const promise = Promise.resolve(1);

  it('is gone on with when it is known, and a known one at once', async () => {
    expect(andThen(1, (value) => [value])).to.deep.equal([1]);
    const later = andThen(
      Later.of(promise, (one) => one),
      (value) => [value],
    );
    expect(later).to.be.instanceOf(Later);
    expect(await (later as Later).settled).to.deep.equal({ value: [1] });
  });

  it('may be a promise, which nobody waits for then', async () => {
    expect(andThen(promise, (value) => value)).to.equal(promise);
    const later = Later.of(Promise.resolve(), () => promise).next((value) => Later.of(Promise.resolve(), () => value));
    expect((await later.settled).value).to.equal(promise);
    const all = Later.all([promise, Later.of(Promise.resolve(), () => promise)], (values) => values);
    expect((await all.settled).value).to.deep.equal([promise, promise]);
  });

  it('rejects as its promise does', async () => {
    const later = Later.of(Promise.reject(new Error('gone')), () => 1).next(() => 2);
    expect(await later.settled.catch((error: unknown) => error)).to.have.property('message', 'gone');
  });
});
