import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { readConfig } from '#src/cli/sources/config-file.js';
import { discoveredApps } from '#src/cli/sources/discovery.js';
import { sqliteStore } from '#src/store/index.js';

import { penguiflow, type Ran } from '../support/command-line.js';
import { FakeInspector, useFakeInspector } from '../support/fake-inspector.js';
import { storeRuns } from '../support/stored-runs.js';
import { useTempFolder } from '../support/temp-folder.js';

describe('where penguiflow looks', () => {
  const folder = useTempFolder();
  const held = useFakeInspector();

  /** Nothing of the developer's own is found. */
  async function traces(
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
    cwd = folder.path,
  ): Promise<Ran> {
    return penguiflow(['traces', '--json', ...args], { cwd, env: { XDG_RUNTIME_DIR: folder.file('run'), ...env } });
  }

  function tokens(): (string | undefined)[] {
    return held.inspector.asked.map(({ authorization }) => authorization);
  }

  function announce(inspector: FakeInspector, change: object = {}, mode = 0o600): void {
    mkdirSync(folder.file('run/penguiflow'), { recursive: true, mode: 0o700 });
    const entry = {
      ...{ app: 'penguiflow', url: inspector.url, token: inspector.token, pid: process.pid, nonce: inspector.nonce },
      ...{ title: inspector.title, startedMs: 0, ...change },
    };
    const file = folder.file(`run/penguiflow/${Math.random()}.json`);
    writeFileSync(file, JSON.stringify(entry));
    chmodSync(file, mode);
  }

  it('C1 sends a token to the URL that it came with', async () => {
    const { url } = held.inspector;
    expect((await traces(['--url', url, '--token', 'a-token'])).exitCode).to.equal(0);
    expect((await traces(['--url', `${url}#token=a-token`])).exitCode).to.equal(0);
    expect((await traces([], { PENGUIFLOW_URL: url, PENGUIFLOW_TOKEN: 'a-token' })).exitCode).to.equal(0);
    writeFileSync(folder.file('penguiflow.config.json'), JSON.stringify({ url, token: 'a-token' }));
    expect((await traces()).exitCode).to.equal(0);
    expect(tokens()).to.deep.equal(Array.from({ length: 4 }, () => 'Bearer a-token'));
  });

  it('C1 sends a token to no URL of another source', async () => {
    const { url } = held.inspector;
    writeFileSync(folder.file('penguiflow.config.json'), JSON.stringify({ token: 'a-token' }));
    announce(held.inspector);
    const ran = await traces(['--url', url], { PENGUIFLOW_TOKEN: 'a-token' });
    expect([ran.exitCode, tokens()]).to.deep.equal([4, [undefined]]);
    expect(ran.stderr).to.contain('a token that is right').and.contain('--token together with --url');
    const alone = await traces(['--token', 'a-token'], { PENGUIFLOW_URL: url });
    expect([alone.exitCode, held.inspector.asked.length]).to.deep.equal([2, 1]);
  });

  it('C1 does not take a token along where a redirect leads', async () => {
    const other = new FakeInspector();
    await other.start();
    try {
      held.inspector.redirect = `${other.url}api/runs`;
      const { exitCode, stderr } = await traces(['--url', held.inspector.url, '--token', 'a-token']);
      expect([exitCode, other.asked.length]).to.deep.equal([4, 0]);
      expect(stderr).to.contain('is no inspector of penguiflow');
    } finally {
      await other.stop();
    }
  });

  it('C7 prints no token, whatever goes wrong', async () => {
    const { url } = held.inspector;
    held.inspector.token = 'another';
    const attempts = [
      ['--url', `${url}#token=secret-fish`],
      ['--url', url, '--token', 'secret-fish'],
      ['--url', 'http://127.0.0.1:1/#token=secret-fish'],
      ['--url', 'ftp://secret-fish@host/#token=secret-fish'],
      ['--url', 'http://user:secret@secret-fish@host/'],
      ['--url', `${url}elsewhere/`, '--token', 'secret-fish'],
    ];
    for (const args of attempts) {
      const { stdout, stderr, exitCode } = await traces(args);
      expect(exitCode).to.be.oneOf([2, 4]);
      expect(stdout + stderr)
        .to.match(/error: /)
        .and.not.contain('secret-fish');
    }
  });

  it('C1 reads a file of the project, also from a folder in it, as data', async () => {
    const file = folder.file('history.db');
    const store = sqliteStore({ file, worker: 'inline' });
    await storeRuns(store);
    await store.close(0);
    writeFileSync(folder.file('penguiflow.config.json'), '{ "store": "history.db" }');
    mkdirSync(folder.file('src/deep'), { recursive: true });
    const { stdout } = await traces([], {}, folder.file('src/deep'));
    expect(stdout.trim().split('\n')).to.have.lengthOf(4);
    const bad = ['{ "stroe": "x" }', '[]', 'module.exports = {}', '{ "store": 7 }', 'null'];
    for (const text of bad) {
      writeFileSync(folder.file('penguiflow.config.json'), text);
      expect((await traces()).exitCode, text).to.equal(2);
    }
  });

  it('C1 takes options before the environment, and that before the file', async () => {
    const [store, gone] = [folder.file('history.db'), folder.file('gone.db')];
    const made = sqliteStore({ file: store, worker: 'inline' });
    await storeRuns(made);
    await made.close(0);
    writeFileSync(folder.file('penguiflow.config.json'), JSON.stringify({ store: gone }));
    expect((await traces()).exitCode).to.equal(3);
    expect((await traces([], { PENGUIFLOW_STORE: store })).exitCode).to.equal(0);
    expect((await traces(['--store', gone], { PENGUIFLOW_STORE: store })).exitCode).to.equal(3);
  });

  it('C1 finds an inspector that listens on this machine', async () => {
    announce(held.inspector);
    const { stdout, exitCode } = await traces();
    expect(exitCode).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ id: 7, flow: 'Orders' });
  });

  it('C1 believes no file whose process has ended, that others can write, or whose nonce is another', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    announce(held.inspector, { pid });
    announce(held.inspector, { nonce: 'another' });
    announce(held.inspector, {}, 0o644);
    announce(held.inspector, { url: 7 });
    writeFileSync(folder.file('run/penguiflow/broken.json'), '{', { mode: 0o600 });
    expect((await traces()).exitCode).to.equal(2);
    chmodSync(folder.file('run/penguiflow'), 0o777);
    announce(held.inspector);
    expect((await traces()).exitCode).to.equal(2);
  });

  it('C1 believes no file whose process is one of another user', () => {
    announce(held.inspector);
    const env = { XDG_RUNTIME_DIR: folder.file('run') };
    expect(discoveredApps(env)).to.have.lengthOf(1);
    const mayNot = (): never => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    };
    expect(discoveredApps(env, mayNot)).to.deep.equal([]);
  });

  it('C1 takes a place that is no folder for one without applications', async () => {
    writeFileSync(folder.file('run'), '');
    const { exitCode, stderr } = await traces();
    expect([exitCode, stderr.startsWith('error: There is neither a store nor an application')]).to.deep.equal([
      2,
      true,
    ]);
  });

  it('C1 reads a file of the project that begins with a byte order mark, and waits for no pipe', async () => {
    writeFileSync(folder.file('penguiflow.config.json'), '\ufeff{ "store": "gone.db" }');
    expect((await traces()).exitCode).to.equal(3);
    rmSync(folder.file('penguiflow.config.json'));
    execFileSync('mkfifo', [folder.file('penguiflow.config.json')]);
    expect((await traces()).exitCode).to.equal(2);
  });

  if (process.getuid?.() === 0) {
    it('C1 reads no file that another user has put into a folder around this one', () => {
      const [project, config] = [folder.file('project'), folder.file('penguiflow.config.json')];
      mkdirSync(project);
      writeFileSync(config, '{ "store": "trap.db" }');
      expect(readConfig(project)).to.deep.equal({ store: folder.file('trap.db') });
      chownSync(config, 4711, 4711);
      expect(readConfig(project)).to.equal(undefined);
      expect(readConfig(folder.path)).to.equal(undefined);
      // A checkout that is mounted into a container, with a user of its own.
      chownSync(project, 4711, 4711);
      expect(readConfig(project)).to.deep.equal({ store: folder.file('trap.db') });
    });
  }

  it('C1 lists several applications, of which --app names one', async () => {
    const other = new FakeInspector();
    other.nonce = 'other';
    other.title = 'kitchen';
    await other.start();
    try {
      announce(held.inspector);
      announce(other);
      const { exitCode, stderr } = await traces();
      expect(exitCode).to.equal(2);
      expect(stderr).to.contain(`kitchen  ${other.url}`).and.contain(`shop  ${held.inspector.url}`);
      const before = held.inspector.asked.length;
      expect((await traces(['--app', 'kitchen'])).exitCode).to.equal(0);
      expect(other.asked.at(-1)?.url).to.contain('api/runs');
      expect(held.inspector.asked.length).to.equal(before);
      expect((await traces(['--app', 'bar'])).exitCode).to.equal(3);
    } finally {
      await other.stop();
    }
  });

  it('C4 ends with 4 where nobody answers, and with 2 where nothing says where to look', async () => {
    const nobody = await traces(['--url', 'http://127.0.0.1:1/']);
    expect([nobody.exitCode, nobody.stderr.startsWith('error: Nobody answers at http://127.0.0.1:1/')]).to.deep.equal([
      4,
      true,
    ]);
    const nothing = await traces();
    expect([nothing.exitCode, nothing.stderr.includes('PENGUIFLOW_STORE')]).to.deep.equal([2, true]);
  });
});
