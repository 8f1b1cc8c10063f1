import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { examplesOf } from '../docs/doc-examples.js';
import { runSample } from './sample-run.js';

/** The keys of an event's payload (R20), and those that the flat format puts before them. */
const KEYS = [
  ...['timestamp', 'level', 'logger', 'message'],
  ...['ts', 'event', 'flow_name', 'node_name', 'node_id', 'trace_id', 'tenant', 'run', 'latency_ms'],
  ...['q_depth_in', 'q_depth_out', 'q_depth_total', 'outgoing', 'queue_maxsize', 'attempt'],
  ...['trace_inflight', 'trace_cancelled', 'trace_pending'],
];

describe('samples/quickstart', function () {
  this.timeout(30_000);

  it('R12 R20 R24 writes one JSON line per event, with the keys of the event', async () => {
    const { exitCode, stdout, stderr } = await runSample('quickstart');
    expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    const all = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect([all[0]?.['event'], all.at(-1)?.['event']]).to.deep.equal(['trace_start', 'trace_end']);
    const events = all.filter(({ node_name }) => node_name !== null);
    expect(events.map(({ message, event, level }) => [message, event, level])).to.deep.equal([
      ['node_start', 'node_start', 'debug'],
      ['node_success', 'node_success', 'info'],
    ]);
    for (const event of events) {
      expect(Object.keys(event)).to.deep.equal(KEYS);
      expect(event).to.deep.include({
        flow_name: 'Quickstart',
        node_name: 'Nop',
        node_id: 'Quickstart.Nop',
        attempt: 0,
      });
      expect(event['trace_id'])
        .to.match(/^[0-9a-f]{32}$/)
        .and.to.equal(events[0]?.['trace_id']);
    }
    expect(events[0]?.['latency_ms']).to.equal(0);
    expect(events[1]?.['latency_ms']).to.be.greaterThan(0);
  });

  it('is a program that the guide shows', () => {
    const shown = examplesOf('docs/guide/getting-started.md').map(({ code }) => code);
    expect(shown).to.include(readFileSync('samples/quickstart/main.ts', 'utf8'));
  });
});
