import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { generateKeySync } from 'node:crypto';
import { runInNewContext } from 'node:vm';

/** Keeps to itself what nobody can copy. */
class Secretive {
  #count = 9;
  get count(): number {
    return this.#count;
  }
  bump(): this {
    this.#count += 1;
    return this;
  }
}

/** Like a moment of `Temporal`: no property of its own, and a constructor that needs arguments. */
class Moment {
  readonly #iso: string;
  constructor(iso: string) {
    if (typeof iso !== 'string') throw new TypeError('a moment needs a text');
    this.#iso = iso;
  }
  valueOf(): never {
    throw new TypeError('moments are not compared');
  }
  toString(): string {
    return this.#iso;
  }
}

class Labels extends Map<string, string> {}
class Names extends Array<string> {}
class Frozen {
  readonly tags = ['a'];
  constructor() {
    Object.freeze(this);
  }
}

async function* numbers(): AsyncGenerator<number> {
  yield 1;
}

function* letters(): Generator<string> {
  yield 'a';
}

const foreign = runInNewContext(
  '({ Map: new Map([["a", 1]]), Date: new Date(0), Error: new Error("no"), Promise: Promise.resolve(1), Bytes: new Uint8Array(2) })',
) as Record<string, unknown>;

/** Values that are no plain data: a copy of one would be something else, so they are passed on as they are. */
export const KEPT_KINDS: Readonly<Record<string, () => unknown>> = {
  'a Map': () => new Map<unknown, unknown>([['size', { a: 1 }]]),
  'a Set': () => new Set([{ a: 1 }]),
  'a WeakMap': () => new WeakMap(),
  'a WeakSet': () => new WeakSet(),
  'a WeakRef': () => new WeakRef({}),
  'a Date': () => new Date(0),
  'an invalid Date': () => new Date(Number.NaN),
  'a RegExp': () => /ab+c/gi,
  'a Uint8Array': () => new Uint8Array([1, 2, 3]),
  'a BigInt64Array': () => new BigInt64Array([1n]),
  'a Float64Array': () => new Float64Array([0.5]),
  'a DataView': () => new DataView(new ArrayBuffer(4)),
  'a Buffer': () => Buffer.from('abc'),
  'an ArrayBuffer': () => new ArrayBuffer(8),
  'a SharedArrayBuffer': () => new SharedArrayBuffer(8),
  'an Error': () => new TypeError('boom', { cause: { a: 1 } }),
  'an AggregateError': () => new AggregateError([new Error('one')]),
  'a URL': () => new URL('https://example.test/a?b=c'),
  'a URLSearchParams': () => new URLSearchParams('a=1&a=2'),
  'an AbortSignal': () => new AbortController().signal,
  'an AbortController': () => new AbortController(),
  'a ReadableStream': () => new ReadableStream(),
  'a stream of Node': () => Readable.from(['a']),
  'an EventEmitter': () => new EventEmitter(),
  'an Event': () => new Event('a'),
  'a Blob': () => new Blob(['abc']),
  'a FormData': () => new FormData(),
  'a Headers': () => new Headers({ a: '1' }),
  'a KeyObject': () => generateKeySync('aes', { length: 128 }),
  'an Intl.NumberFormat': () => new Intl.NumberFormat('en'),
  'a TextEncoder': () => new TextEncoder(),
  'an instance with private state': () => new Secretive().bump(),
  'an instance whose constructor needs arguments': () => new Moment('2026-01-01'),
  'an instance that is frozen': () => new Frozen(),
  'an instance of an array class': () => Names.from(['a']),
  'an instance of a Map class': () => new Labels([['a', 'b']]),
  'an object with a prototype of its own': () => Object.create({ inherited: 1 }) as unknown,
  'a proxy of a plain object': () => new Proxy({ a: 1 }, {}),
  'a proxy of an array': () => new Proxy([1], {}),
  'a proxy that throws': () =>
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('hands off');
        },
        getPrototypeOf: () => {
          throw new Error('hands off');
        },
        ownKeys: () => {
          throw new Error('hands off');
        },
      },
    ),
  'a proxy that was revoked': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'a promise': () => Promise.resolve(1),
  'an async generator': () => numbers(),
  'a generator': () => letters(),
  'an iterator of an array': () => [1].values(),
  'a function': () => () => 1,
  'an async function': () => async () => 1,
  'a class': () => Secretive,
  'a boxed string': () => new String('a'),
  'a boxed number': () => new Number(0),
  'a boxed boolean': () => new Boolean(false),
  'a boxed bigint': () => Object(1n) as unknown,
  'a boxed symbol': () => Object(Symbol('a')) as unknown,
  'a symbol': () => Symbol('a'),
  'a bigint': () => 2n ** 70n,
  'minus zero': () => -0,
  NaN: () => Number.NaN,
  'a lone surrogate': () => '\uD800',
  'a Map of another realm': () => foreign['Map'],
  'a Date of another realm': () => foreign['Date'],
  'an Error of another realm': () => foreign['Error'],
  'a promise of another realm': () => foreign['Promise'],
  'a Uint8Array of another realm': () => foreign['Bytes'],
};
