export { Wire } from './codec/wire.js';
