import { expect } from 'chai';

import { penguiflow } from './support/command-line.js';
import { useFakeInspector } from './support/fake-inspector.js';
import { BUSY } from './support/snapshots.js';

/** Names a window, clears the screen, turns the direction of writing, and begins a line of its own. */
const EVIL = '\u001b]0;pwned\u0007\u001b[2J\u202e\u009bx\r\nINJECTED';
// oxlint-disable-next-line eslint/no-control-regex -- control characters are what it looks for
const DRIVES = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

/** The same with another text in the place of each. */
function poisoned(value: unknown): unknown {
  if (typeof value === 'string') return value === 'penguiflow' || value === 'replay' ? value : EVIL;
  if (Array.isArray(value)) return value.map(poisoned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, poisoned(each)]));
}

describe('penguiflow, of an inspector that is not to be trusted', () => {
  const held = useFakeInspector();

  async function run(...args: string[]): Promise<Awaited<ReturnType<typeof penguiflow>>> {
    const where = ['--url', held.inspector.url, '--token', 'a-token'];
    return penguiflow([...args, ...where], { env: { COLUMNS: '80' } });
  }

  const commands = [
    ['traces'],
    ['traces', '--json'],
    ['trace', '7'],
    ['trace', '7', '--logs'],
    ['trace', '7', '--json'],
    ['top'],
    ['replay', '7', '--dry-run'],
    ['replay', '7', '--yes', '--force'],
    ['inspect'],
  ];
  for (const command of commands) {
    it(`writes nothing that drives a terminal: ${command.join(' ')}`, async () => {
      held.inspector.snapshots = [BUSY, BUSY];
      held.inspector.reasons = ['Ship'];
      held.inspector.notBegun = ['Pack'];
      held.inspector.alter = (_, body) =>
        poisoned({
          ...body,
          ...('attempts' in body
            ? { children: [(body as { run?: unknown }).run], labels: [{ name: 'a', value: 'b' }] }
            : {}),
        }) as object;
      const { stdout, stderr } = await run(...command);
      expect(stdout.length).to.be.greaterThan(0);
      expect(stdout + stderr).to.not.match(DRIVES);
      expect(stdout + stderr).to.not.match(/^INJECTED/m);
      expect(stderr).to.not.contain('    at ');
    });
  }

  it('writes no message of a refusal as it came', async () => {
    held.inspector.actions = [];
    held.inspector.alter = (_, body) => ({ ...body, title: EVIL });
    const { exitCode, stderr } = await run('replay', '7', '--yes');
    expect(exitCode).to.equal(4);
    expect(stderr)
      .to.not.match(DRIVES)
      .and.not.match(/^INJECTED/m);
  });

  const lies: ReadonlyArray<readonly [args: string[], path: string, change: object, says: string]> = [
    [['traces'], 'runs', { runs: {} }, '(runs)'],
    [['traces'], 'runs', { runs: [null] }, '(runs[0])'],
    [['trace', '7'], 'runs/7', { attempts: [{ node: 'Charge' }] }, '(attempts[0].seq)'],
    [['trace', '7'], 'runs/7', { parent: 'x' }, '(parent)'],
    [['replay', '7', '--dry-run'], 'runs/7/replay', { nodes: 'Charge' }, '(nodes)'],
    [['top'], 'stream', { flows: [{ name: 'Orders' }] }, '(flows[0].state)'],
    [['top'], 'hello', { flows: null }, '(flows)'],
    [['top'], 'hello', { api: 2 }, 'another version'],
    [['inspect'], 'hello', { app: 'kitchen' }, 'is no inspector'],
  ];
  for (const [args, at, change, says] of lies) {
    it(`C4 ends with 4 where ${at} answers ${JSON.stringify(change)}`, async () => {
      held.inspector.snapshots = [BUSY];
      held.inspector.alter = (path, body) => (path === at ? { ...body, ...change } : body);
      const { exitCode, stderr } = await run(...args);
      expect([exitCode, stderr.includes(says), stderr.includes('    at ')], stderr).to.deep.equal([4, true, false]);
    });
  }

  it('shows times that no date has, and outcomes that are names of objects', async () => {
    held.inspector.alter = (path, body) => {
      if (!('run' in body)) return body;
      const { run: first, attempts = [] } = body as { run: object; attempts?: readonly object[] };
      return {
        ...body,
        run: { ...first, startedMs: 1e300, status: 'constructor' },
        attempts: attempts.map((each) => ({ ...each, outcome: '__proto__' })),
      };
    };
    const { exitCode, stdout, stderr } = await run('trace', '7');
    expect([exitCode, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.contain('????-??-??').and.contain('· constructor');
  });
});
