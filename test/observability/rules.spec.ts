import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlowMetrics, METRICS } from '#src/metrics/index.js';
import { LINK_REASONS, SPAN_ATTRIBUTES, SPAN_OUTCOMES } from '#src/otel/index.js';
import { describeWithTool } from '../support/needs-tool.js';
import { dashboardExpressions, pathOf, shortenedRules, textOf } from './support/observability-files.js';
import { promtool, PROMTOOL } from './support/promtool.js';

const RULES = 'observability/prometheus/rules.yml';
const TESTS = 'observability/prometheus/rules.test.yml';
const DASHBOARD = 'observability/grafana/penguiflow.json';

/** Names a histogram is queried by. */
const SERIES = new Set(
  Object.values(METRICS).flatMap(({ name }) =>
    name.endsWith('_latency_seconds') ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
  ),
);
const LABELS = new Set<string>(Object.values(METRICS).flatMap(({ labels }) => [...labels]));

describe('observability files', () => {
  for (const [file, expressions] of [
    [RULES, [textOf(RULES)]],
    [DASHBOARD, dashboardExpressions(textOf(DASHBOARD))],
  ] as const) {
    it(`${file} asks for metrics and labels that exist`, () => {
      expect(expressions.join('').length).to.be.greaterThan(1000);
      for (const text of expressions) {
        for (const [name] of text.matchAll(/\bpenguiflow_(?!ratios|alerts)[a-z_]+/g)) expect(SERIES).to.include(name);
        for (const [, label] of text.matchAll(/[{,] ?([a-z_]+)=~?"/g))
          expect([...LABELS, 'alertname', 'alertstate']).to.include(label);
      }
    });
  }

  it('every metric is on the dashboard or in a rule, or is there for a reason', () => {
    const used = textOf(RULES) + textOf(DASHBOARD);
    const unused = Object.values(METRICS).filter(({ name }) => !used.includes(name));
    expect(unused.map(({ name }) => name)).to.deep.equal([]);
  });

  it('every alert has a severity, says what to do, and is unit-tested', () => {
    const alerts = textOf(RULES).split('- alert: ').slice(1);
    expect(alerts).to.have.length(21);
    for (const alert of alerts) {
      const name = /^\w+/.exec(alert)![0];
      for (const key of ['severity:', 'summary:', 'description:', 'runbook:']) expect(alert, name).to.contain(key);
      expect(textOf(TESTS)).to.contain(`alertname: ${name}\n`);
    }
  });

  it('the guides name every metric, attribute and outcome', () => {
    for (const { name } of Object.values(METRICS)) expect(textOf('docs/guide/metrics.md')).to.contain(`\`${name}\``);
    for (const name of [...Object.values(SPAN_ATTRIBUTES), ...SPAN_OUTCOMES, ...LINK_REASONS])
      expect(textOf('docs/guide/tracing.md')).to.contain(`\`${name}\``);
  });

  it('every runbook leads to a heading', () => {
    for (const [, path, anchor] of textOf(RULES).matchAll(/runbook: (\S+)#(\S+)/g)) {
      const headings = [...textOf(path!).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
        heading!
          .toLowerCase()
          .replaceAll(/[^a-z0-9 -]/g, '')
          .replaceAll(' ', '-'),
      );
      expect(headings).to.include(anchor);
    }
  });

  it('the dashboard has unique panels that do not overlap', () => {
    const { panels } = JSON.parse(textOf(DASHBOARD)) as {
      panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
    };
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).to.equal(cells.length);
  });

  describeWithTool(PROMTOOL, 'read by promtool', () => {
    it('promtool accepts the rules', () => {
      const { ok, output } = promtool(['check', 'rules', pathOf(RULES)]);
      expect(ok, output).to.equal(true);
    });

    it('each alert fires, clears and stays silent as promtool plays it', () => {
      const { ok, output } = promtool(['test', 'rules', pathOf(TESTS)]);
      expect(ok, output).to.equal(true);
    }).timeout(60_000);

    it('promtool accepts every query of the dashboard, and the rules of the end-to-end test', () => {
      for (const rules of [dashboardRules(), shortenedRules(textOf(RULES))]) {
        const folder = mkdtempSync(join(tmpdir(), 'penguiflow-rules-'));
        writeFileSync(join(folder, 'rules.yml'), rules);
        const { ok, output } = promtool(['check', 'rules', join(folder, 'rules.yml')]);
        rmSync(folder, { recursive: true });
        expect(ok, output).to.equal(true);
      }
    });

    it('promtool has nothing to say about names and help of the metrics', async () => {
      const { ok, output } = promtool(['check', 'metrics'], await new FlowMetrics().text());
      expect(ok, output).to.equal(true);
      expect(output).to.equal('');
    });
  });
});

/** The dashboard's queries as recording rules, which promtool can check. */
function dashboardRules(): string {
  const rules = dashboardExpressions(textOf(DASHBOARD)).map((expr, n) => ({ record: `panel:${n}`, expr }));
  return JSON.stringify({ groups: [{ name: 'dashboard', rules }] });
}
