import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { eventRecord, FAILED_RUN_SHOWN, failedRun, FORMATS, record, TRACE } from '../support/log-lines.js';
import { Output, penguiflow, startPenguiflow } from '../support/command-line.js';
import { useTempFolder } from '../support/temp-folder.js';

const { flat } = FORMATS;

describe('penguiflow logs', () => {
  const folder = useTempFolder();

  for (const [name, format] of Object.entries(FORMATS)) {
    it(`prints ${name} lines as the library does for people`, async () => {
      const input = failedRun().map((each) => `${format(each)}\n`);
      const { stdout, exitCode } = await penguiflow(['logs'], { input: input.join('') });
      expect(stdout).to.equal(FAILED_RUN_SHOWN);
      expect(exitCode).to.equal(0);
    });
  }

  it('reads lines of all formats in one file, one by one', async () => {
    const formats = Object.values(FORMATS);
    const lines = failedRun().map((each, at) => formats[at % formats.length]!(each));
    writeFileSync(folder.file('mixed.log'), `${lines.join('\n')}\n`);
    expect((await penguiflow(['logs', folder.file('mixed.log')])).stdout).to.equal(FAILED_RUN_SHOWN);
  });

  it('reads what penguiflow for Python wrote', async () => {
    const line = {
      level: 'WARNING',
      logger: 'penguiflow.core',
      message: 'node slow',
      timestamp: '2026-11-30T01:19:26.104512+00:00',
      extra: { trace_id: TRACE, node_name: 'price', latency_ms: 3.5 },
      exception: 'Traceback (most recent call last): ValueError: no',
    };
    const { stdout } = await penguiflow(['logs'], { input: `${JSON.stringify(line)}\n` });
    expect(stdout).to.match(
      /^01:19:26\.104 WARN {2}penguiflow\.core {2}node slow {2}latency_ms=3\.5 exception="Traceback/,
    );
  });

  it('C2 lets half lines, other JSON and binary through as they came, byte by byte', async () => {
    const whole = `${flat(record({ message: 'pricing' }))}\n`;
    const others = [
      'null\n',
      '[1]\n',
      '{"level":30,"time":1,"msg":"pino"}\n',
      '{"level":"info","mess\n',
      '12\n',
      '\n',
      '\r\n',
    ];
    const odd = [
      '{"timestamp":7,"level":"info","message":"x"}\n',
      '{"Body":"x","Timestamp":"y","SeverityText":"INFO"}\n',
    ];
    const binary = Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0x80, 0x0a, 0xc3, 0x28]);
    const input = Buffer.concat([Buffer.from([...others, ...odd].join('')), Buffer.from(whole), binary]);
    const { bytes, exitCode, stderr } = await penguiflow(['logs'], { input });
    expect([exitCode, stderr]).to.deep.equal([0, '']);
    const shown = Buffer.from('01:19:26.104 INFO  Orders.Price  pricing  acme 1c80319c\n');
    expect(bytes.equals(Buffer.concat([Buffer.from([...others, ...odd].join('')), shown, binary]))).to.equal(true);
  });

  it('C2 survives JSON that is made to hurt', async () => {
    const deep = `{"a":${'['.repeat(50_000)}`;
    // JSON as it has to be, and ours but for what nobody can write again without running out of stack.
    const nested = `{"timestamp":"2026-11-30T01:19:26.104Z","level":"info","message":"m","a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
    const input = [
      deep,
      nested,
      '{"__proto__":{"message":"x"},"level":"info","timestamp":"2026-11-30T01:19:26.104Z"}',
      '{"message":"m","level":"constructor","timestamp":"2026-11-30T01:19:26.104Z","toString":1,"error":{"type":"E","message":null,"stack":7,"cause":{}}}',
      '{"message":"node_failed","event":"node_failed","queue_maxsize":1,"level":"error","timestamp":"2026-11-30T01:19:26.104Z","attempt":"x"}',
    ].join('\n');
    const { stdout, exitCode } = await penguiflow(['logs'], { input });
    expect(exitCode).to.equal(0);
    expect(stdout.split('\n').slice(0, 2)).to.deep.equal([deep, nested]);
    expect((await penguiflow(['logs', '--json'], { input: nested })).exitCode).to.equal(0);
    expect(stdout).to.contain('ERROR');
  });

  it('C2 lets a line through that is longer than any of the library, without waiting for its end', async () => {
    const child = startPenguiflow(['logs']);
    const output = new Output(child);
    const long = 'x'.repeat(9 * 1024 * 1024);
    child.stdin!.write(long);
    await output.has('x'.repeat(5 * 1024 * 1024));
    child.stdin!.end(`\n${flat(record({ message: 'pricing' }))}\n`);
    await once(child, 'close');
    expect(output.text.startsWith(long)).to.equal(true);
    expect(output.text.slice(long.length)).to.equal('\n01:19:26.104 INFO  Orders.Price  pricing  acme 1c80319c\n');
  });

  it('shows a line that is longer than any of the library only where --grep finds something in it', async () => {
    const input = `${'x'.repeat(9 * 1024 * 1024)}\nfish\n`;
    expect((await penguiflow(['logs', '--grep', 'fish'], { input })).stdout).to.equal('fish\n');
    expect((await penguiflow(['logs', '--grep', '^xxx'], { input })).stdout.length).to.equal(9 * 1024 * 1024 + 1);
  });

  it('reads a file that begins with a byte order mark', async () => {
    const { stdout } = await penguiflow(['logs'], { input: `\ufeff${flat(record({ message: 'pricing' }))}\n` });
    expect(stdout).to.equal('01:19:26.104 INFO  Orders.Price  pricing  acme 1c80319c\n');
  });

  it('finds a trace whose id is written with escapes', async () => {
    const input = flat(record({ message: 'pricing', fields: { trace_id: 'order "17"' } }));
    expect((await penguiflow(['logs', '--trace', 'order "17"'], { input })).stdout).to.contain('pricing');
  });

  it('puts lines together that come in pieces', async () => {
    const child = startPenguiflow(['logs']);
    const bytes = Buffer.from(
      failedRun()
        .map((each) => `${flat(each)}\n`)
        .join('')
        .replace('pricing', 'prîcing'),
    );
    let stdout = '';
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    for (let at = 0; at < bytes.length; at += 97) {
      if (!child.stdin!.write(bytes.subarray(at, at + 97))) await once(child.stdin!, 'drain');
    }
    child.stdin!.end();
    await once(child, 'close');
    expect(stdout).to.equal(FAILED_RUN_SHOWN.replace('pricing', 'prîcing'));
  });

  const chosen: ReadonlyArray<readonly [args: readonly string[], lines: number]> = [
    [['--level', 'warn'], 2],
    [['--level', 'WARNING'], 2],
    [['--node', 'Price'], 1],
    [['--node', 'Orders.Charge'], 2],
    [['--flow', 'Orders'], 3],
    [['--flow', 'Refunds'], 0],
    [['--tenant', 'acme'], 3],
    [['--tenant', 'zoo'], 0],
    [['--event', 'node_retry'], 1],
    [['--event', 'node_failed'], 1],
    [['--trace', TRACE], 3],
    [['--trace', TRACE.slice(0, 6)], 3],
    [['--trace', TRACE.slice(-8)], 3],
    [['--trace', 'ffff'], 0],
    [['--grep', 'fish-[0-9]'], 1],
    [['--since', '2026-11-30T01:19:26.104Z'], 3],
    [['--since', '2026-11-30T01:19:27Z'], 0],
    [['--level', 'warn', '--node', 'Price'], 0],
  ];
  for (const [args, lines] of chosen) {
    it(`shows of a run with ${args.join(' ').replaceAll(TRACE, 'ID')} ${lines} lines`, async () => {
      const input = `a line of another program\n${failedRun()
        .map((each) => `${flat(each)}\n`)
        .join('')}`;
      const { stdout } = await penguiflow(['logs', ...args], { input });
      expect(stdout.split('\n').filter((line) => /^\d\d:/.test(line))).to.have.lengthOf(lines);
      expect(stdout).to.not.contain('another program');
    });
  }

  it('--since takes how long ago', async () => {
    const nowMs = Date.now();
    const lines = [nowMs - 3_600_000, nowMs - 60_000].map((timeMs) =>
      flat(record({ message: `at-${timeMs}`, timeMs })),
    );
    const { stdout } = await penguiflow(['logs', '--since', '10m'], { input: `${lines.join('\n')}\n` });
    expect(stdout)
      .to.contain(`at-${nowMs - 60_000}`)
      .and.not.contain(`at-${nowMs - 3_600_000}`);
  });

  it('--grep finds lines of other programs', async () => {
    const { stdout } = await penguiflow(['logs', '--grep', 'other'], { input: 'an other line\nnone\n' });
    expect(stdout).to.equal('an other line\n');
  });

  it('C4 --json prints flat lines of JSON and nothing else, whatever the format was', async () => {
    const [line] = failedRun();
    for (const format of Object.values(FORMATS)) {
      const { stdout } = await penguiflow(['logs', '--json'], { input: `not ours\n${format(line!)}\n` });
      expect(JSON.parse(stdout)).to.deep.equal({
        timestamp: '2026-11-30T01:19:26.104Z',
        level: 'info',
        logger: 'penguiflow.flow',
        message: 'pricing',
        flow_name: 'Orders',
        node_name: 'Price',
        tenant: 'acme',
        trace_id: TRACE,
        sku: 'fish-1',
        attempt: 0,
      });
    }
  });

  it('--all shows every field and --full-ids whole ids', async () => {
    const input = `${flat(eventRecord('node_success', { latency_ms: 3.21 }))}\n`;
    const { stdout } = await penguiflow(['logs', '--all', '--full-ids'], { input });
    expect(stdout).to.contain('queue_maxsize=64').and.contain(TRACE);
  });

  it('unpacks .gz, named or piped, also of several parts', async () => {
    const lines = failedRun().map((each) => `${flat(each)}\n`);
    const packed = Buffer.concat([gzipSync(lines.slice(0, 2).join('')), gzipSync(lines.slice(2).join(''))]);
    writeFileSync(folder.file('app.log.1.gz'), packed);
    expect((await penguiflow(['logs', folder.file('app.log.1.gz')])).stdout).to.equal(FAILED_RUN_SHOWN);
    expect((await penguiflow(['logs'], { input: packed })).stdout).to.equal(FAILED_RUN_SHOWN);
  });

  it('shows what there is of a .gz that ends too early, and says so', async () => {
    const lines = Array.from({ length: 3_000 }, (_, at) => flat(record({ message: `line ${at} ${Math.sin(at)}` })));
    const packed = gzipSync(lines.join('\n'));
    writeFileSync(folder.file('cut.gz'), packed.subarray(0, packed.length / 2));
    const { stdout, stderr, exitCode } = await penguiflow(['logs', folder.file('cut.gz')]);
    expect(stdout).to.contain('line 0 ');
    expect(stderr).to.contain('ends too early');
    expect(exitCode).to.equal(1);
  });

  it('C4 shows the other files when one is not there, and ends with 3', async () => {
    writeFileSync(folder.file('there.log'), `${flat(record({ message: 'pricing' }))}\n`);
    const { stdout, stderr, exitCode } = await penguiflow(['logs', folder.file('not.log'), folder.file('there.log')]);
    expect(stdout).to.contain('pricing');
    expect(stderr).to.equal(`error: ${folder.file('not.log')} is not there\n`);
    expect(exitCode).to.equal(3);
  });

  it('C4 refuses a folder, and values that make no sense', async () => {
    mkdirSync(folder.file('logs'));
    const bad = [
      [folder.file('logs')],
      ['--level', 'loud'],
      ['--since', 'soon'],
      ['--since', '5'],
      ['--since', 'yesterday 3'],
      ['--grep', '['],
      ['-n', '3'],
    ];
    for (const args of bad) {
      const { exitCode, stderr } = await penguiflow(['logs', ...args], { input: 'x\n' });
      expect(exitCode, args.join(' ')).to.equal(2);
      expect(stderr).to.match(/^error: /);
    }
  });

  it('C3 ends with 0 when its reader has seen enough', async () => {
    const lines = `${flat(record({ message: 'pricing' }))}\n`.repeat(20_000);
    writeFileSync(folder.file('long.log'), lines);
    const child = startPenguiflow(['logs', folder.file('long.log')]);
    let stderr = '';
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    await once(child.stdout!, 'data');
    child.stdout!.destroy();
    const [exitCode] = (await once(child, 'exit')) as [number];
    expect([exitCode, stderr]).to.deep.equal([0, '']);
  });

  it('C3 colours a terminal only, unless the environment says so', async () => {
    const input = `${flat(record({ message: 'pricing' }))}\n`;
    const coloured = async (env: Record<string, string>): Promise<boolean> =>
      (await penguiflow(['logs'], { input, env })).stdout.includes('\u001b[');
    expect(await coloured({})).to.equal(false);
    expect(await coloured({ FORCE_COLOR: '1' })).to.equal(true);
    expect(await coloured({ FORCE_COLOR: '0' })).to.equal(false);
    expect(await coloured({ FORCE_COLOR: '', NO_COLOR: '1' })).to.equal(false);
  });
});
