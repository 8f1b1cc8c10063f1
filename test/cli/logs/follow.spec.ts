import { execFileSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { Output, penguiflow, startPenguiflow } from '../support/command-line.js';
import { FORMATS, record } from '../support/log-lines.js';
import { useTempFolder } from '../support/temp-folder.js';

describe('penguiflow logs --follow', () => {
  const folder = useTempFolder();
  let file: string;
  let child: ChildProcess | undefined;

  beforeEach(() => {
    file = folder.file('app.log');
    writeFileSync(file, line('one'));
  });
  afterEach(async () => {
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill();
    await gone;
  });

  function line(message: string): string {
    return `${FORMATS.flat(record({ message }))}\n`;
  }

  function follow(...args: string[]): Output {
    child = startPenguiflow(['logs', '-f', ...args, file]);
    return new Output(child);
  }

  function messages({ text }: Output): string[] {
    return [...text.matchAll(/Orders\.Price {2}(\S+)/g)].map(([, message]) => message!);
  }

  it('reads what is packed, and what comes through a pipe, to its end', async () => {
    writeFileSync(folder.file('old.log.gz'), gzipSync(line('packed')));
    const packed = await penguiflow(['logs', '-f', folder.file('old.log.gz')]);
    expect([packed.exitCode, packed.stdout.includes('packed')]).to.deep.equal([0, true]);
    const pipe = folder.file('pipe');
    execFileSync('mkfifo', [pipe]);
    child = startPenguiflow(['logs', '-f', pipe, file]);
    const output = new Output(child);
    await output.has('one');
    writeFileSync(pipe, line('through'));
    await output.has('through');
    appendFileSync(file, line('two'));
    await output.has('two');
  });

  it('C4 refuses a folder', async () => {
    const { exitCode, stderr } = await penguiflow(['logs', '-f', folder.path]);
    expect([exitCode, stderr]).to.deep.equal([2, `error: ${folder.path} is a folder\nName the files in it.\n`]);
  });

  it('shows what is there and what comes', async () => {
    const output = follow();
    await output.has('one');
    appendFileSync(file, line('two') + line('three').slice(0, 20));
    await output.has('two');
    appendFileSync(file, line('three').slice(20));
    await output.has('three');
    expect(messages(output)).to.deep.equal(['one', 'two', 'three']);
  });

  it('goes on with the file that takes its place, after the last lines of the old one', async () => {
    const output = follow();
    await output.has('one');
    renameSync(file, `${file}.1`);
    appendFileSync(`${file}.1`, line('two'));
    writeFileSync(file, line('three'));
    await output.has('three');
    appendFileSync(file, line('four'));
    await output.has('four');
    expect(messages(output)).to.deep.equal(['one', 'two', 'three', 'four']);
  });

  it('goes on when the file is emptied', async () => {
    const output = follow();
    await output.has('one');
    truncateSync(file);
    appendFileSync(file, '{}\n');
    await output.has('{}');
    appendFileSync(file, line('two'));
    await output.has('two');
    expect(messages(output)).to.deep.equal(['one', 'two']);
  });

  it('waits while the file is gone', async () => {
    const output = follow();
    await output.has('one');
    unlinkSync(file);
    const other = folder.file('other.log');
    writeFileSync(other, line('two'));
    renameSync(other, file);
    await output.has('two');
    expect(messages(output)).to.deep.equal(['one', 'two']);
  });

  it('begins with the last lines where so many are asked for', async () => {
    writeFileSync(file, ['a', 'b', 'c', 'd'].map(line).join(''));
    const output = follow('-n', '2');
    await output.has('  d');
    appendFileSync(file, line('e'));
    await output.has('  e');
    expect(messages(output)).to.deep.equal(['c', 'd', 'e']);
  });

  it('follows several files', async () => {
    const other = folder.file('other.log');
    writeFileSync(other, line('other'));
    const output = follow(other);
    await output.has('other');
    await output.has('one');
    appendFileSync(other, line('more'));
    await output.has('more');
  });
});
