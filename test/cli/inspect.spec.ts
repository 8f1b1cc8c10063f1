import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';

import { expect } from 'chai';

import { sqliteStore, type FlowStore } from '#src/store/index.js';

import { Output, penguiflow, startPenguiflow } from './support/command-line.js';
import { useFakeInspector } from './support/fake-inspector.js';
import { storeRuns } from './support/stored-runs.js';
import { useTempFolder } from './support/temp-folder.js';

describe('penguiflow inspect', () => {
  const held = useFakeInspector();
  const folder = useTempFolder();
  let child: ChildProcess | undefined;
  let store: FlowStore;

  beforeEach(async () => {
    store = sqliteStore({ file: folder.file('history.db'), worker: 'inline' });
    await storeRuns(store);
  });
  afterEach(async () => {
    await store.close(0);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  });

  it('C7 prints the URL of an application that runs with its token, and nothing else on stdout', async () => {
    const { url } = held.inspector;
    const { stdout, stderr, exitCode } = await penguiflow(['inspect', '--url', url, '--token', 'a-token']);
    expect([exitCode, stdout, stderr]).to.deep.equal([0, `${url}#token=a-token\n`, '']);
    const wrong = await penguiflow(['inspect', '--url', url, '--token', 'wrong-token']);
    expect([wrong.exitCode, wrong.stdout, wrong.stderr.includes('wrong-token')]).to.deep.equal([4, '', false]);
  });

  it('C5 serves a store to look at, in which nothing changes, until it is ended', async () => {
    const env = { XDG_RUNTIME_DIR: folder.file('run') };
    child = startPenguiflow(['inspect', '--store', folder.file('history.db')], { env });
    const output = new Output(child);
    await output.has('\n');
    // It is no application, and others that look for one must not find two.
    expect(existsSync(folder.file('run/penguiflow'))).to.equal(false);
    const [, base, token] = /^(http:\/\/127\.0\.0\.1:\d+\/)#token=(\S+)\n$/.exec(output.text) ?? [];
    const ask = async (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(`${base}api/${path}`, {
        ...init,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      });
    const { runs } = (await (await ask('runs?status=failed')).json()) as {
      readonly runs: readonly { readonly id: number }[];
    };
    expect(runs).to.have.lengthOf(1);
    expect((await ask(`runs/${runs[0]!.id}`)).status).to.equal(200);
    expect(
      (await ask('replay', { method: 'POST', body: JSON.stringify({ run: runs[0]!.id, from: 'start' }) })).status,
    ).to.equal(403);
    expect((await fetch(`${base}api/runs`)).status).to.equal(401);
    // A second runner would stand beside the first, or take it for dead.
    expect((await store.stats()).running).to.equal(1);
    const runner = await store.open({
      instance: 'next',
      host: 'iceberg',
      bootId: undefined,
      pid: 2,
      version: '1',
      startedMs: 0,
    });
    expect(runner.runner).to.equal(2);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
  });

  it('C4 refuses a store that is not there, and a port that is none', async () => {
    expect((await penguiflow(['inspect', '--store', folder.file('gone.db')])).exitCode).to.equal(3);
    expect((await penguiflow(['inspect', '--store', folder.file('history.db'), '--port', '99999'])).exitCode).to.equal(
      2,
    );
  });
});
