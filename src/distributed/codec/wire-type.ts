import type { Class } from '../../index.js';
import { invalidOption } from '../option-check.js';

const WIRE_TYPE: unique symbol = Symbol.for('penguiflow:wire-type') as never;

/**
 * How instances of a class cross that are more than their fields.
 *
 * @typeParam T - the instance
 * @typeParam D - what stands for it on the way
 */
export interface WireOptions<T, D> {
  /** Makes of an instance what stands for it: anything that crosses itself. It must not change the instance. */
  readonly encode: (value: T) => D;
  /** Makes an instance of it. What lies in a queue may be of an older build: look at it as at other input. */
  readonly decode: (data: D) => T;
}

/** A class with its own way across, made by {@link wire}. */
export interface WireType<T = unknown> {
  readonly [WIRE_TYPE]: true;
  readonly target: Class<T>;
  readonly encode: (value: never) => unknown;
  readonly decode: (data: never) => T;
}

const OPTIONS = ['encode', 'decode'] as const;

/**
 * Says how instances of a class cross whose fields are not all there is: private fields (`#total`), what a class of the platform
 * holds, objects that are to be frozen again. Nothing shows from outside that a class has private fields: without `wire` its
 * instances arrive without them.
 *
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * @Distributed({
 *   types: { money: wire(Money, { encode: (money) => money.cents, decode: (cents) => new Money(cents) }) },
 * })
 * @Flow()
 * class Orders {
 *   readonly graph = start(Price).to(Charge);
 * }
 * ```
 */
export function wire<T, D>(target: Class<T>, options: WireOptions<T, D>): WireType<T> {
  const given: unknown = target;
  if (typeof given !== 'function') throw invalidOption('target', 'wire()', 'a class', given);
  const owner = `wire(${given.name})`;
  const functions: unknown = options;
  if (typeof functions !== 'object' || functions === null)
    throw invalidOption('options', owner, 'an object with `encode` and `decode`', functions);
  for (const option of OPTIONS) {
    if (typeof options[option] !== 'function') throw invalidOption(option, owner, 'a function', options[option]);
  }
  return Object.freeze({ [WIRE_TYPE]: true as const, target, encode: options.encode, decode: options.decode });
}

/** Tells what {@link wire} made. */
export function isWireType(value: unknown): value is WireType {
  return typeof value === 'object' && value !== null && WIRE_TYPE in value;
}
