import type { FlowPlan } from '../graph/flow-plan.js';
import { isNamedBySource } from '../metadata/class-option.js';

/** Who names a class so means more by it; minifiers do not. */
const LONGEST_MINIFIED = 2;

/** Flow classes that have been asked about already. */
const warned = new WeakSet<Function>();

/** Asks once per flow class whether names of its own and its nodes are a minifier's: they are those in events, logs and metrics. */
export function warnOfShortNames(flowClass: Function, { flowName, nodes }: FlowPlan): void {
  if (warned.has(flowClass)) return;
  const short = nodes.filter(({ name, nodeClass }) => isMinified(name, nodeClass)).map(({ name }) => name);
  const isFlowShort = isMinified(flowName, flowClass);
  if (short.length === 0 && !isFlowShort) return;
  warned.add(flowClass);
  const whose = [
    ...(isFlowShort ? [`flow "${flowName}"`] : []),
    ...(short.length === 0
      ? []
      : [`${short.length === 1 ? 'node' : 'nodes'} ${short.map((name) => `"${name}"`).join(', ')}`]),
  ].join(' and ');
  process.emitWarning(
    `The names of ${whose}${isFlowShort ? '' : ` of flow "${flowName}"`} are as short as a minifier makes them, and stand in all events, logs and metrics. ` +
      "Give names that stay: `@Node({ name: 'Price' })`, `@Flow({ name: 'Orders' })`. " +
      'If they are meant, `node --disable-warning=PENGUIFLOW_SHORT_NAME` keeps this quiet.',
    { type: 'PenguiFlowWarning', code: 'PENGUIFLOW_SHORT_NAME' },
  );
}

function isMinified(name: string, target: Function): boolean {
  return name.length <= LONGEST_MINIFIED && isNamedBySource(target);
}
