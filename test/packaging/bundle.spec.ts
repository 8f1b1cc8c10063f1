import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';

interface Entry {
  readonly 'penguiflow-modules': string;
  readonly default: string;
}

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, string | Entry> };
const entries = Object.entries(exports).filter((entry): entry is [string, Entry] => typeof entry[1] === 'object');

async function load(file: string): Promise<Record<string, unknown>> {
  return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
}

/** What an export is known by: the name of a class or function, else its kind. */
function known(value: unknown): string {
  return typeof value === 'function' ? `${value.name}(${value.length})` : typeof value;
}

describe('the bundles of the package', () => {
  for (const [name, entry] of entries) {
    it(`"${name}" exports what its modules export, under the same names`, async () => {
      const modules = await load(entry['penguiflow-modules']);
      const bundle = await load(entry.default);
      const listed = (all: Record<string, unknown>): object =>
        Object.fromEntries(Object.entries(all).map(([key, value]) => [key, known(value)]));
      expect(listed(bundle)).to.deep.equal(listed(modules));
      expect(Object.keys(bundle)).to.not.be.empty;
    });
  }

  it('share their classes: an error is the same class whichever entry throws it', async () => {
    const { FlowError } = await load('lib/index.js');
    const { runOne } = await load('lib/testing/index.js');
    const thrown = await (runOne as (node: unknown, payload: unknown) => Promise<unknown>)(undefined, 1).catch(
      (error: unknown) => error,
    );
    expect(thrown).to.be.instanceOf(FlowError as new () => unknown);
  });
});
