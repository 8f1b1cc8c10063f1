export { penguiflowChai, type ChaiAssertion, type ChaiParts, type ChaiUtilities } from './chai-plugin.js';
export { checkEnvelope } from './check-envelope.js';
export { expectNodeSequence } from './expect-node-sequence.js';
export type { FlowRun, Recorded } from './flow-run.js';
export { ManualClock } from './manual-clock.js';
export { EventRecording, recordEvents } from './record-events.js';
export { runOne, type RunOneOptions } from './run-one.js';
export { simulateError, type SimulatedError, type SimulateErrorOptions } from './simulate-error.js';
export {
  TestContext,
  testContext,
  type TestContextOptions,
  type TestDependencyCall,
  type TestEmit,
  type TestLine,
} from './test-context.js';
