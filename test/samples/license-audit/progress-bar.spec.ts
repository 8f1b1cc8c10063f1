import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

import { expect } from 'chai';

import { paintFor } from '../../../samples/shared/paint.js';
import { ProgressBar } from '../../../samples/license-audit/report/progress-bar.js';

/** As much of a terminal as a progress bar looks at. */
function makeTerminal(colours: boolean): { readonly stream: NodeJS.WriteStream; readonly written: () => string } {
  const through = new PassThrough();
  let text = '';
  through.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const stream = Object.assign(through, { isTTY: true, columns: 100, hasColors: () => colours });
  return { stream: stream as unknown as NodeJS.WriteStream, written: () => text };
}

describe('samples/license-audit: ProgressBar', () => {
  it('shows how far the audit is, and clears its line when all is done', () => {
    const terminal = makeTerminal(true);
    const bar = new ProgressBar(terminal.stream, paintFor(terminal.stream));
    bar.begin(2);
    bar.advance('first');
    bar.advance('evil\u001B[2Jname');
    bar.end();
    expect(stripVTControlCharacters(terminal.written())).to.contain('0/2 packages');
    expect(terminal.written()).to.not.contain('\u001B[2J');
    expect(terminal.written(), 'clears the line').to.contain('\u001B[0K');
  });

  it('ends quietly when the audit never began', () => {
    const terminal = makeTerminal(false);
    new ProgressBar(terminal.stream, paintFor(terminal.stream)).end();
    expect(terminal.written()).to.not.contain('NaN');
  });
});

describe('samples/license-audit: paintFor', () => {
  it('colours a terminal that has colours, and nothing else', () => {
    expect(paintFor(makeTerminal(true).stream).red('no')).to.equal('\u001B[31mno\u001B[39m');
    expect(paintFor(makeTerminal(false).stream).red('no')).to.equal('no');
    expect(paintFor(new PassThrough() as unknown as NodeJS.WriteStream).red('no')).to.equal('no');
  });
});
