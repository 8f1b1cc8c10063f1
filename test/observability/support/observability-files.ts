import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../../..');

/** Path of a file of the repository. */
export function pathOf(path: string): string {
  return join(ROOT, path);
}

/** Text of a file of the repository. */
export function textOf(path: string): string {
  return readFileSync(pathOf(path), 'utf8');
}

/** Every PromQL expression of a Grafana dashboard, with its variables filled in. */
export function dashboardExpressions(json: string): string[] {
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      if (key === 'expr' && typeof child === 'string') found.push(child);
      else walk(child);
    }
  };
  walk(JSON.parse(json));
  return found.map((expr) => expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, '.*'));
}

/**
 * The rules with minutes made seconds, so that a real Prometheus goes through pending, firing and clear within a test. The
 * expressions and thresholds stay; only windows, waits, ages and the number of samples in an hour shrink.
 */
export function shortenedRules(rules: string): string {
  return rules
    .replaceAll('[5m]', '[3s]')
    .replaceAll('[1h] offset 5m', '[6s] offset 3s')
    .replaceAll(/\[(?:30m|1h|6h)\]/g, '[4s]')
    .replaceAll(/for: \d+m/g, 'for: 1s')
    .replaceAll('interval: 30s', 'interval: 300ms')
    .replaceAll('/ 120 ', '/ 20 ')
    .replaceAll('age_seconds > 300', 'age_seconds > 5')
    .replaceAll('p95_5m > 0.5', 'p95_5m > 0.1');
}
