import Table from 'cli-table3';

import type { Finding } from '../messages/finding.js';
import type { AuditReport } from './audit-report.js';
import type { Paint } from './paint.js';

/** The report for people, as wide as their terminal. */
export function printReport(report: AuditReport, paint: Paint, columns: number): string {
  const { project, directory, totals } = report;
  const sections = [`${paint.bold(project)} ${paint.dim(directory)}`];
  if (totals.packages === 0) {
    sections.push(`${paint.yellow('▲')} node_modules is empty: nothing is installed, so there is nothing to audit.`);
  } else {
    sections.push(licenceTable(report, paint, columns));
    const open = report.findings.filter((finding) => finding.verdict !== 'allowed');
    if (open.length > 0) sections.push(open.map((finding) => detailsOf(finding, paint)).join('\n'));
    sections.push(`${paint.bold('Slowest nodes')}\n${slowTable(report, paint, columns)}`);
  }
  sections.push(`${summaryOf(report, paint)}\n${paint.dim(`Log: ${report.log}`)}`);
  return `\n${sections.join('\n\n')}\n`;
}

function licenceTable(report: AuditReport, paint: Paint, columns: number): string {
  const licenceWidth = Math.max(7, ...report.licences.map((row) => row.licence.length));
  const namesWidth = Math.max(12, Math.min(columns, 120) - licenceWidth - 34);
  const table = plainTable(['Licence', 'Packages', '', 'Verdict'], paint, ['left', 'right', 'left', 'left']);
  for (const { licence, packages, verdict } of report.licences) {
    const names = paint.dim(cut(packages.join(', '), namesWidth));
    table.push([licence, packages.length, names, markOf(verdict, paint)]);
  }
  return table.toString();
}

function slowTable(report: AuditReport, paint: Paint, columns: number): string {
  const table = plainTable(['Node', 'Runs', 'Retries', 'Mean', 'Longest', ''], paint, ['left', 'right', 'right', 'right', 'right', 'left']);
  for (const { node, runs, retries, meanMs, longestMs, longestAt } of report.slowestNodes.slice(0, 5)) {
    const where = paint.dim(cut(longestAt, Math.max(12, Math.min(columns, 120) - 68)));
    table.push([node, runs, retries, milliseconds(meanMs), milliseconds(longestMs), where]);
  }
  return table.toString();
}

/** Lines between rows say nothing that the rows do not. */
function plainTable(head: string[], paint: Paint, colAligns: Table.HorizontalAlignment[]): Table.Table {
  const chars = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  const style = { head: [], border: [], compact: true };
  return new Table({ head: head.map(paint.bold), colAligns, chars, style });
}

function detailsOf(finding: Finding, paint: Paint): string {
  const version = finding.version === null ? '' : paint.dim(`@${finding.version}`);
  const lines = [`${markOf(finding.verdict, paint)}  ${paint.bold(finding.name)}${version}  ${finding.reason}`];
  if (finding.evidence !== null && finding.evidence !== 'the manifest' && finding.evidence !== finding.reason) {
    lines.push(`known from ${finding.evidence}`);
  }
  lines.push(...finding.obligations, paint.dim(finding.location));
  return lines.join('\n              ');
}

function markOf(verdict: Finding['verdict'], paint: Paint): string {
  switch (verdict) {
    case 'allowed':
      return paint.green('✔ allowed   ');
    case 'review':
      return paint.yellow('▲ review    ');
    case 'denied':
      return paint.red('✖ denied    ');
    case 'unreadable':
      return paint.red('? unreadable');
  }
}

function summaryOf({ totals, policyHolds, policy, durationMs }: AuditReport, paint: Paint): string {
  const parts = (['allowed', 'review', 'denied', 'unreadable'] as const)
    .filter((verdict) => totals[verdict] > 0)
    .map((verdict) => `${totals[verdict]} ${verdict === 'review' ? 'to review' : verdict}`);
  const counts = [`${totals.packages} packages`, ...parts].join(', ');
  const outcome = policyHolds ? paint.green('✔ The policy holds') : paint.red('✖ The policy does not hold');
  return `${outcome}: ${counts} in ${(durationMs / 1000).toFixed(1)} s  ${paint.dim(policy)}`;
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
