import { FlowError } from '../../../index.js';
import { planChanged } from '../../carrier/carrier-errors.js';
import type { CarrierPlan, ProvisionDiff } from '../../carrier/carrier-plan.js';
import { withTimes } from '../../carrier/carrier-times.js';
import { isEmpty, planDiff, touchedQueues } from '../../carrier/plan-diff.js';
import type { CarrierFile } from './carrier-file.js';
import type { FlowView, FlowViews } from './flow-view.js';

/**
 * Brings a plan to the file, in a transaction of its own.
 * @throws FlowError `PLAN_CHANGED`
 */
export function provision(
  file: CarrierFile,
  views: FlowViews,
  flow: FlowView,
  plan: CarrierPlan,
  mode: 'ensure' | 'verify',
): ProvisionDiff {
  const had = flow.plan;
  const diff = planDiff(had, plan);
  const touched = had === undefined ? [] : touchedQueues(had, plan);
  const holding = touched.filter((queue) => (flow.queues.get(queue)?.held ?? 0) > 0);
  if (holding.length > 0 || (mode === 'verify' && !isEmpty(diff))) throw planChanged(flow.name, diff, holding);
  const whole = withTimes(had, plan);
  if (mode === 'verify' || (had !== undefined && isEmpty(diff))) return diff;
  const id = Number(
    file
      .prepare(
        `insert into flow (ns, name, plan, rev) values (?, ?, ?, 1)
        on conflict (ns, name) do update set plan = excluded.plan, rev = rev + 1 returning flow`,
      )
      .get(views.ns, flow.name, JSON.stringify(whole))?.['flow'],
  );
  for (const name of diff.removed) file.prepare('delete from queue where flow = ? and name = ?').run(id, name);
  for (const [place, { queue }] of plan.queues.entries()) {
    file
      .prepare(
        'insert into queue (flow, name, place) values (?, ?, ?) on conflict (flow, name) do update set place = excluded.place',
      )
      .run(id, queue, place);
  }
  return diff;
}

/** The error for a call of a session that is closed, or whose flow is another. */
export function otherFlow(flow: string, got: string): FlowError {
  return new FlowError('INVALID_OPTION', {
    message: `Expected \`flow\` of the plan to be "${flow}", as that of the session, got ${JSON.stringify(got)}`,
    metadata: { option: 'flow', owner: 'the plan' },
  });
}
