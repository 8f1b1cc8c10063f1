/** Flows that have said it already. */
const warned = new Set<string>();

/** Says once per flow name that its events and lines go nowhere. */
export function warnOfNoSink(flowName: string): void {
  if (warned.has(flowName)) return;
  warned.add(flowName);
  process.emitWarning(
    `Flow "${flowName}" runs without a sink: its events and log lines go nowhere. ` +
      'Call configureLogging(...) before run(), or attach a middleware or listener.',
    { type: 'PenguiFlowWarning', code: 'PENGUIFLOW_NO_SINK' },
  );
}
