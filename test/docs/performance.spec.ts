import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { plotOf } from '../../bench/plot.js';
import { reportOf } from '../../bench/report.js';
import { ratioToOurs, type Results } from '../../bench/results.js';
import { summaryOf } from '../../bench/summary.js';

const PAGE = 'docs/performance.md';

function saved(): Results {
  return JSON.parse(readFileSync('bench/results.json', 'utf8')) as Results;
}

/** Rows of the table of ratios: `| W1, round trip … | 1.59 | node:stream 1.21 | fastq 0.74, … |`. */
function rowsOf(page: string): readonly (readonly [id: string, cells: readonly string[]])[] {
  const rows = [...readFileSync(page, 'utf8').matchAll(/^\| (W\d+[a-z]?), [^|]*\|([^|]*)\|([^|]*)\|([^|]*)\|$/gm)];
  return rows.map(([, id = '', ...cells]) => [id, cells]);
}

describe('figures of the documentation', () => {
  for (const [file, drawn] of Object.entries({
    'results.md': reportOf,
    'ratios.svg': plotOf,
    'summary.svg': summaryOf,
  })) {
    it(`bench/${file} shows the saved results`, () => {
      expect(readFileSync(`bench/${file}`, 'utf8')).to.equal(drawn(saved()));
    });
  }

  it(`${PAGE} has the ratios of the saved results`, () => {
    const { workloads } = saved();
    const rows = rowsOf(PAGE);
    expect(rows.length).to.be.greaterThan(3);
    for (const [id, [loop = '', ahead = '', behind = '']] of rows) {
      const workload = workloads.find((each) => each.id === id);
      const named = [...`${ahead}, ${behind}`.matchAll(/([@\w:./-]+) (\d+\.\d+)/g)].map(([, name, ratio]) => [
        name,
        ratio,
      ]);
      if (loop.trim() !== '') named.push(['bare loop', loop.trim()]);
      for (const [name, ratio] of named) {
        const cell = workload?.cells.find((each) => each.name === name);
        const real = workload && cell && ratioToOurs(workload, cell);
        expect(real?.toFixed(2), `${id}: ${name}`).to.equal(ratio);
      }
    }
  });
});
