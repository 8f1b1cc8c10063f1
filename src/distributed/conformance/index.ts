export { carrierConformance } from './carrier-conformance.js';
export type { CarrierCase, CarrierFault, CarrierTarget, TestedEngine } from './carrier-target.js';
