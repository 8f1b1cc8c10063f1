export type { WireTypes } from './codec/type-book.js';
export { Wire } from './codec/wire.js';
export { wire, type WireOptions, type WireType } from './codec/wire-type.js';
