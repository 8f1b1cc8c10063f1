import type { FlowCore } from './core/flow-core.js';

/** Flows that have said it already. */
const warned = new Set<string>();

/** Says once per flow name that its events and lines go nowhere, if they do. */
export function warnOfNoSink({ log, bus, plan: { flowName } }: FlowCore): void {
  if (!log.silent || bus.hasSink || warned.has(flowName)) return;
  warned.add(flowName);
  process.emitWarning(
    `Flow "${flowName}" runs without a sink: its events and log lines go nowhere. ` +
      'Call configureLogging(...) before run(), in NestJS give `forRoot({ logging })`, or attach a middleware or listener.',
    { type: 'PenguiFlowWarning', code: 'PENGUIFLOW_NO_SINK' },
  );
}
