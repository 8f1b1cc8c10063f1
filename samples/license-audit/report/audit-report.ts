import type { Finding } from '../messages/finding.js';
import type { NodeTiming } from './slow-nodes.js';
import { byVerdict } from './verdict-order.js';

/** All packages of one licence that got the same verdict. */
interface LicenceRow {
  readonly licence: string;
  readonly verdict: Finding['verdict'];
  readonly packages: readonly string[];
}

/** What `--json` prints. */
export interface AuditReport {
  readonly project: string;
  readonly directory: string;
  readonly policy: string;
  /** Every package is allowed; one that is to be reviewed or cannot be read leaves the question open. */
  readonly policyHolds: boolean;
  readonly totals: Readonly<Record<'packages' | Finding['verdict'], number>>;
  readonly licences: readonly LicenceRow[];
  readonly findings: readonly Finding[];
  readonly slowestNodes: readonly NodeTiming[];
  readonly durationMs: number;
  /** The file with the structured log; the trace id of a package is its `location`. */
  readonly log: string;
}

/** What a report is made from. */
export type AuditFacts = Pick<
  AuditReport,
  'project' | 'directory' | 'policy' | 'findings' | 'slowestNodes' | 'durationMs' | 'log'
>;

/** Counts and groups what was found. */
export function reportOf(facts: AuditFacts): AuditReport {
  const { project, directory, policy, findings, slowestNodes, durationMs, log } = facts;
  const count = (verdict: Finding['verdict']): number => findings.filter((row) => row.verdict === verdict).length;
  const totals = {
    packages: findings.length,
    allowed: count('allowed'),
    review: count('review'),
    denied: count('denied'),
    unreadable: count('unreadable'),
  };
  const policyHolds = totals.allowed === totals.packages;
  const licences = licenceRows(findings);
  return { project, directory, policy, policyHolds, totals, licences, findings, slowestNodes, durationMs, log };
}

function licenceRows(findings: readonly Finding[]): readonly LicenceRow[] {
  const rows = new Map<string, LicenceRow & { packages: string[] }>();
  for (const { licence, verdict, name } of findings) {
    const title = licence ?? (verdict === 'unreadable' ? '(unreadable)' : '(unknown)');
    const key = `${title} ${verdict}`;
    const row = rows.get(key) ?? { licence: title, verdict, packages: [] };
    rows.set(key, row);
    row.packages.push(name);
  }
  return [...rows.values()].toSorted((a, b) => {
    return byVerdict(a, b) || b.packages.length - a.packages.length || (a.licence < b.licence ? -1 : 1);
  });
}
