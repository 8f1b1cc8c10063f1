import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkExpectations } from './check-expectations.js';
import { runScenario } from './run-scenario.js';
import type { Scenario } from './scenario.js';

const OWN_COPY = resolve('test/conformance/golden');

/** The folder that was asked for, the one beside the project, or the project's own copy. */
function goldenFolder(): { readonly folder: string; readonly note: string } {
  const wanted = resolve(process.env['PENGUIFLOW_GOLDEN'] ?? '../shared/golden');
  if (existsSync(wanted)) return { folder: wanted, note: '' };
  return { folder: OWN_COPY, note: ` (the project's own copy: ${wanted} is absent)` };
}

/** One test per scenario of a folder. */
function testScenarios(folder: string): void {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

  it('there are scenarios to run', () => {
    if (files.length === 0) throw new Error(`No scenario in ${folder}`);
  });

  for (const file of files.toSorted()) {
    const scenario = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Scenario;
    it(`${scenario.name}: ${scenario.rule}`, async () => {
      checkExpectations(scenario.expect, await runScenario(scenario));
    });
  }
}

const { folder, note } = goldenFolder();

describe(`conformance: golden scenarios in ${folder}${note}`, () => testScenarios(folder));

// Written for this project, by the same format: what the golden ones leave out of the format.
describe('conformance: scenarios of our own', () => testScenarios(resolve('test/conformance/own')));
