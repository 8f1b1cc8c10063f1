import { SingleBar } from 'cli-progress';

import { AuditProgress } from './audit-progress.js';
import type { Paint } from '../../shared/paint.js';
import { printable } from './printable.js';

/** Draws a bar on the terminal that stderr is, and wipes it off when all is done. */
export class ProgressBar extends AuditProgress {
  private readonly bar: SingleBar;

  constructor(stream: NodeJS.WriteStream, paint: Paint) {
    super();
    this.bar = new SingleBar({
      stream,
      format: `Auditing ${paint.cyan('{bar}')} {value}/{total} packages ${paint.dim('{name}')}`,
      barCompleteChar: '━',
      barIncompleteChar: '─',
      barsize: 32,
      hideCursor: true,
      clearOnComplete: true,
      // The program listens to Ctrl-C itself, to stop the flow before it leaves.
      gracefulExit: false,
    });
  }

  override begin(total: number): void {
    this.bar.start(total, 0, { name: '' });
  }

  override advance(name: string): void {
    this.bar.increment(1, { name: printable(name) });
  }

  override end(): void {
    this.bar.stop();
  }
}
