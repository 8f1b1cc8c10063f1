import { expect } from 'chai';
import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { runProgram } from '../support/child-program.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const FILES = ['a', 'b', 'c'] as const;

/** What a program does with its log before it ends. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 3000 }).map((count) => `write(${count});`) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...FILES), fc.constantFrom(undefined, 5000, 200_000))
      .map(([file, bufferChars]) => `use('${file}', ${bufferChars});`),
  },
  { weight: 1, arbitrary: fc.constant('void shut();') },
  { weight: 1, arbitrary: fc.constant('await shut();') },
  { weight: 1, arbitrary: fc.constant('await new Promise((resolve) => setImmediate(resolve));') },
  { weight: 1, arbitrary: fc.nat(4).map((ms) => `await new Promise((resolve) => setTimeout(resolve, ${ms}));`) },
);

const end = fc.constantFrom(
  '',
  'process.exit(0);',
  "throw new Error('crash');",
  "Promise.reject(new Error('crash'));",
  'setImmediate(() => process.exit(0));',
  'setTimeout(() => process.exit(0), 2);',
  'void shut(); void shut(); process.exit(0);',
);

describe('lines to files, whatever a program does before it ends', () => {
  const folder = temporaryFolder();
  let runs = 0;

  it('R29 each is in the file that was configured when it was written, once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), end, async (steps, last) => {
        const base = folder.path(`run-${runs++}.`);
        await runProgram(
          `const { writeFileSync } = await import('node:fs');
           const written = { a: [], b: [], c: [] };
           let [file, n] = [undefined, 0];
           const write = (count) => {
             for (const until = n + count; n < until; n++) {
               getLogger().info(String(n));
               if (file !== undefined) written[file].push(n);
             }
           };
           const use = (name, bufferChars) => {
             configureLogging({ structured: true, destination: { file: ${JSON.stringify(base)} + name }, bufferChars });
             file = name;
           };
           const shut = () => { file = undefined; return shutdownLogging(); };
           process.on('exit', () => writeFileSync(${JSON.stringify(`${base}written`)}, JSON.stringify(written)));
           use('a');
           ${steps.join('\n')}
           write(500);
           ${last}`,
        );
        const written = JSON.parse(readFileSync(`${base}written`, 'utf8')) as Record<string, number[]>;
        for (const name of FILES) expect(numbersIn(`${base}${name}`), name).to.deep.equal(written[name]);
      }),
      { numRuns: 25 },
    );
  }).timeout(120_000);
});

function numbersIn(file: string): number[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((text) => Number((JSON.parse(text) as { message: string }).message));
}
