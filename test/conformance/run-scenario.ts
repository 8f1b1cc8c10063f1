import { CLOCK, createFlow, type FlowEvent } from '#src/index.js';
import { Driver, type FetchedOutputs } from './driver.js';
import { Recording } from './recording.js';
import { scenarioFlow } from './scenario-flow.js';
import type { Scenario } from './scenario.js';
import { World } from './world.js';

/** What was seen in a run. */
export interface Seen {
  readonly outputs: readonly FetchedOutputs[];
  readonly recording: Recording;
  readonly world: World;
}

const SETTLE_MS = 60;

/** Runs a scenario on the library. @throws Error when a step fails */
export async function runScenario(scenario: Scenario): Promise<Seen> {
  const world = new World();
  const nullTraces = new Set<string>();
  const recording = new Recording(scenario, world, nullTraces);
  const failuresCount = scenario.emit_errors_to_rookery === true;
  const flowClass = scenarioFlow(scenario, world, {
    ...(scenario.queue_maxsize === undefined ? undefined : { queueMaxsize: scenario.queue_maxsize }),
    allowCycles: scenario.allow_cycles === true,
    // A deadline ends in an output in the original, whatever the flow was told about failures.
    deliverFailures: failuresCount || scenario.steps.some((step) => typeof step['deadline_in_ms'] === 'number'),
  });
  const throwing = (): void => {
    throw new Error('a middleware that throws');
  };
  const heard: { listen: (event: FlowEvent) => void } = { listen: () => {} };
  const flow = createFlow(flowClass, {
    providers: [{ token: CLOCK, useValue: world.clock }],
    middlewares: [
      ...(scenario.throwing_middleware === true ? [throwing] : []),
      (event: FlowEvent) => heard.listen(event),
    ],
  });
  const driver = new Driver({ flow, world, recording, nullTraces, failuresCount });
  heard.listen = driver.listen;
  await flow.run();
  try {
    await driver.run(scenario.steps);
    await world.letPass(world.pause(SETTLE_MS), 'the end');
  } finally {
    world.recording = false;
    driver.abandon();
    await world.letPass(flow.stop({ graceS: 1 }), 'stop');
  }
  return { outputs: driver.outputs, recording, world };
}
