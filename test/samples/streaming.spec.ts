import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect } from 'chai';

import { masked } from '../docs/doc-examples.js';
import { readSse } from '../patterns/streaming/sse-reader.js';
import { runSample, shownBy } from './sample-run.js';

interface WsChunk {
  readonly seq: number;
  readonly text: string;
  readonly done: boolean;
}

describe('samples/streaming', function () {
  this.timeout(30_000);

  it('prints the story that its README shows', async () => {
    const { exitCode, stdout, stderr } = await runSample('streaming');
    expect(exitCode).to.equal(0);
    expect(stdout + stderr).to.equal(shownBy('streaming'));
  });

  it('writes server-sent events and WebSocket messages that give the same story', async () => {
    const story = (await runSample('streaming')).stdout.trimEnd();
    const sse = (await runSample('streaming', '--sse')).stdout;
    const shown = shownBy('streaming', '$ node dist/samples/streaming/main.js --sse | head -8');
    expect(masked(sse)).to.contain(masked(shown));
    const { events } = readSse(sse);
    expect(events.map(({ data }) => data).join('')).to.equal(story);
    expect(events.at(-1)).to.deep.equal({ type: 'done', data: '', lastEventId: String(events.length - 1) });

    const lines = (await runSample('streaming', '--ws')).stdout.trimEnd().split('\n');
    const chunks = lines.map((line) => JSON.parse(line) as WsChunk);
    expect(chunks.map(({ text }) => text).join('')).to.equal(story);
    expect(chunks.map(({ seq }) => seq)).to.deep.equal([...chunks.keys()]);
    expect(chunks.findIndex(({ done }) => done)).to.equal(chunks.length - 1);
  });

  it('says what it knows when an option is wrong', async () => {
    const { exitCode, stdout, stderr } = await runSample('streaming', '--morse');
    expect({ exitCode, stdout }).to.deep.equal({ exitCode: 2, stdout: '' });
    expect(stderr).to.equal('Unknown option --morse; there are --text, --sse, --ws\n');
  });

  it('ends without a stack trace when its reader leaves', async () => {
    const child = spawn(process.execPath, ['dist/samples/streaming/main.js', '--sse'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout.destroy();
    await once(child, 'close');
    expect(stderr).to.not.contain('EPIPE');
    expect(stderr).to.not.match(/^ +at /m);
  });
});
