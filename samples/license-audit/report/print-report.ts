import { relative } from 'node:path';

import Table from 'cli-table3';

import type { Finding } from '../messages/finding.js';
import type { AuditReport } from './audit-report.js';
import type { Paint } from '../../shared/paint.js';
import { printable } from './printable.js';
import { byVerdict } from './verdict-order.js';

/** Wider tables are hard to follow. */
const MOST_COLUMNS = 120;

/** The report for people, as wide as their terminal. */
export function printReport(report: AuditReport, paint: Paint, terminalColumns: number): string {
  const columns = Math.min(terminalColumns, MOST_COLUMNS);
  const { project, directory, totals } = report;
  const sections = [`${paint.bold(printable(project))} ${paint.dim(directory)}`];
  if (totals.packages === 0) {
    sections.push(`${paint.yellow('▲')} node_modules is empty: nothing is installed, so there is nothing to audit.`);
  } else {
    sections.push(licenceTable(report, paint, columns));
    const open = report.findings.filter((finding) => finding.verdict !== 'allowed').toSorted(byVerdict);
    if (open.length > 0) sections.push(open.map((finding) => detailsOf(finding, paint)).join('\n'));
    sections.push(`${paint.bold('Slowest nodes')}\n${slowTable(report, paint, columns)}`);
  }
  sections.push(`${summaryOf(report, paint)}\n${paint.dim(`Log: ${report.log}`)}`);
  return `\n${sections.join('\n\n')}\n`;
}

function licenceTable(report: AuditReport, paint: Paint, columns: number): string {
  const digits = String(report.totals.packages).length;
  const licenceWidth = Math.max(...report.licences.map((row) => row.licence.length));
  const namesWidth = Math.max(10, columns - licenceWidth - digits - 26);
  const table = plainTable(['Licence', 'Packages', 'Verdict'], paint, ['left', 'left', 'left']);
  for (const { licence, packages, verdict } of report.licences) {
    const names = cut(printable([...new Set(packages)].join(', ')), namesWidth);
    table.push([licence, `${String(packages.length).padStart(digits)}  ${paint.dim(names)}`, markOf(verdict, paint)]);
  }
  return table.toString();
}

function slowTable(report: AuditReport, paint: Paint, columns: number): string {
  const table = plainTable(['Node', 'Runs', 'Retries', 'Mean', 'Longest', 'Trace'], paint, [
    'left',
    'right',
    'right',
    'right',
    'right',
    'left',
  ]);
  for (const { node, runs, retries, meanMs, longestMs, longestAt } of report.slowestNodes.slice(0, 5)) {
    const where = paint.dim(cut(printable(longestAt), Math.max(10, columns - 58)));
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

/** Under the column of the first line that the verdict leaves free. */
const INDENT = `\n${' '.repeat(14)}`;

function detailsOf(finding: Finding, paint: Paint): string {
  const { name, version, verdict, reason, evidence, obligations, location } = finding;
  const title = `${paint.bold(printable(name))}${version === null ? '' : paint.dim(`@${printable(version)}`)}`;
  const lines = [`${markOf(verdict, paint)}  ${title}  ${printable(reason)}`];
  const obvious = evidence === null || evidence === 'the manifest' || evidence === reason;
  if (!obvious) lines.push(`known from ${printable(evidence)}`);
  lines.push(...obligations, paint.dim(printable(location)));
  return lines.join(INDENT);
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
  const counts = [`${totals.packages} ${totals.packages === 1 ? 'package' : 'packages'}`, ...parts].join(', ');
  const outcome = policyHolds ? paint.green('✔ The policy holds') : paint.red('✖ The policy does not hold');
  return `${outcome}: ${counts} in ${(durationMs / 1000).toFixed(1)} s  ${paint.dim(fromHere(policy))}`;
}

/** Paths below the working directory are shorter from there. */
function fromHere(path: string): string {
  const shorter = relative(process.cwd(), path);
  return shorter.startsWith('..') ? path : shorter;
}

function milliseconds(ms: number): string {
  return ms < 0.05 ? '< 0.1 ms' : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
