import { Node, type FlowNode, type NodeContext } from 'penguiflow';

import { formatLicence } from '../licence/licence-expression.js';
import { Finding } from '../messages/finding.js';
import type { Judged } from '../messages/judged.js';
import { Unreadable } from '../messages/unreadable.js';

/** Turns the outcome of a package into its row, and into a line of the log. */
@Node()
export class RecordFinding implements FlowNode<Judged | Unreadable, Finding> {
  process(outcome: Judged | Unreadable, ctx: NodeContext): Finding {
    const finding = outcome instanceof Unreadable ? Finding.unreadable(outcome, outcome.problem) : rowOf(outcome);
    const level = finding.verdict === 'allowed' ? 'info' : 'warn';
    ctx.logger[level](`package ${finding.verdict}`, {
      package: finding.name,
      licence: finding.licence,
      reason: finding.reason,
    });
    return finding;
  }
}

function rowOf({ classified, verdict, reason, obligations }: Judged): Finding {
  const { manifest, licence, evidence } = classified;
  const name = licence === undefined ? null : formatLicence(licence);
  return new Finding(
    manifest.name,
    manifest.version,
    manifest.installed.location,
    name,
    verdict,
    reason,
    evidence,
    obligations,
  );
}
