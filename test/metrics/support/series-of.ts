import type { FlowMetrics } from '#src/metrics/index.js';

/** The series of a scrape, `name{labels}` to value. */
export async function seriesOf(metrics: FlowMetrics): Promise<Record<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}
