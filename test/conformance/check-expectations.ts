import { expect } from 'chai';
import { isPlain, normalise } from './codec.js';
import { sortOutputs } from './driver.js';
import type { Recording } from './recording.js';
import type { Seen } from './run-scenario.js';
import type { EventSelector, Expectations } from './scenario.js';

type Check = (expected: never, seen: Seen) => void;

/** One check per section of `expect`. */
const CHECKS: Readonly<Record<keyof Expectations, Check>> = {
  outputs: (expected: NonNullable<Expectations['outputs']>, { outputs }) => {
    const sorted = expected.map((each) => ({ ...each, items: sortOutputs(each.items, each.order) }));
    expect(outputs, 'outputs').to.deep.equal(sorted);
  },
  events_by_trace_and_node: (expected, { recording }) => {
    expect(recording.byTraceAndNode(), 'events_by_trace_and_node').to.deep.equal(expected);
  },
  counts_by_event_type: (expected, { recording }) => {
    expect(recording.countsByType(), 'counts_by_event_type').to.deep.equal(expected);
  },
  payload_fields: (expected: NonNullable<Expectations['payload_fields']>, { recording }) => {
    for (const { select, fields } of expected) {
      const event = recording.select(select)[select.nth ?? 0];
      const what = `payload_fields of ${JSON.stringify(select)}`;
      expect(event, what).to.not.equal(undefined);
      const found = Object.fromEntries(Object.keys(fields).map((path) => [path, inward(event?.payload, path)]));
      expect(found, what).to.deep.equal(normalise(fields));
    }
  },
  node_invocations: (expected, { world }) => {
    expect(world.invocations.asObject(), 'node_invocations').to.deep.equal(expected);
  },
  node_interrupted: (expected, { world }) => {
    expect(world.interrupted.asObject(), 'node_interrupted').to.deep.equal(expected);
  },
  happens_before: (expected: NonNullable<Expectations['happens_before']>, { recording }) => {
    for (const [first, second] of expected) {
      const what = `${JSON.stringify(first)} before ${JSON.stringify(second)}`;
      const [one, other] = [positionOf(recording, first), positionOf(recording, second)];
      expect(one, what).to.be.at.least(0);
      expect(other, what).to.be.greaterThan(one);
    }
  },
};

/** @throws AssertionError for the first section that differs, Error for one nobody knows */
export function checkExpectations(expected: Expectations, seen: Seen): void {
  for (const [section, value] of Object.entries(expected)) {
    if (!(section in CHECKS)) throw new Error(`Unknown section "${section}" of expect`);
    CHECKS[section as keyof Expectations](value as never, seen);
  }
}

function positionOf(recording: Recording, selector: EventSelector): number {
  const event = recording.select(selector)[selector.nth ?? 0];
  return event === undefined ? -1 : recording.events.indexOf(event);
}

/** A field, where dots go inward; null when it is not there. */
function inward(payload: unknown, path: string): unknown {
  let at: unknown = payload;
  for (const key of path.split('.')) at = isPlain(at) ? at[key] : undefined;
  return at ?? null;
}
