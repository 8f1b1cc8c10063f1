export type { ConformanceCase, ConformanceTarget } from './conformance-target.js';
export { storeConformance } from './store-conformance.js';
