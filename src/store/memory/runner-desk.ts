import type { DeadRunner, Heartbeat, Runner, RunnerInit, SeenRunner } from '../flow-store.js';
import { MAX_RUNNERS } from '../run-id.js';
import { storedCopy, storedText } from '../stored-text.js';
import { invalidStoreOption } from '../store-options.js';

/** A number and who has it. `claimed`: it was taken for dead, and may come back. */
interface Desk {
  readonly init: RunnerInit;
  readonly runner: number;
  epoch: number;
  beat: number;
  lastBatch: number;
  state: 'open' | 'claimed' | 'closed';
}

/** Who writes, and under which number. */
export class RunnerDesk {
  readonly #desks = new Map<number, Desk>();
  readonly #hasRuns: (runner: number) => boolean;

  /** @param hasRuns - whether there are runs of a number, which is then nobody else's */
  constructor(hasRuns: (runner: number) => boolean) {
    this.#hasRuns = hasRuns;
  }

  open(init: RunnerInit): Runner {
    let runner = 1;
    while (!this.#isFree(runner)) runner += 1;
    if (runner >= MAX_RUNNERS)
      throw invalidStoreOption('init', 'open()', `one of at most ${MAX_RUNNERS} runners`, runner);
    // Above that of whoever had the number before, who may still be writing.
    const epoch = (this.#desks.get(runner)?.epoch ?? 0) + 1;
    this.#desks.set(runner, {
      init: Object.freeze(storedCopy(init)),
      runner,
      epoch,
      beat: 0,
      lastBatch: 0,
      state: 'open',
    });
    return { runner, epoch };
  }

  /** Resolves with those that were open. */
  closeAll(): number[] {
    const open = this.#open();
    for (const desk of open) desk.state = 'closed';
    return open.map(({ runner }) => runner);
  }

  /** What is to be done with a batch. */
  judge({ runner, epoch, number }: Runner & { readonly number: number }): 'write' | 'repeated' | 'claimed' {
    const desk = this.#desks.get(runner);
    if (desk?.state !== 'open' || desk.epoch !== epoch) return 'claimed';
    return number > desk.lastBatch ? 'write' : 'repeated';
  }

  wrote({ runner, number }: { readonly runner: number; readonly number: number }): void {
    this.#desks.get(runner)!.lastBatch = number;
  }

  beat({ runner, instance }: { readonly runner: number; readonly instance: string }): Heartbeat {
    const desk = this.#desks.get(runner);
    const mine = desk?.init.instance === storedText(instance) && desk.state !== 'closed' ? desk : undefined;
    if (mine !== undefined) {
      mine.beat += 1;
      mine.state = 'open';
    }
    return {
      epoch: mine?.epoch,
      others: this.#open()
        .filter((other) => other !== mine)
        .map(seen),
    };
  }

  /** Takes those that are as they were seen; resolves with their numbers. */
  claim(dead: readonly DeadRunner[]): number[] {
    return dead.flatMap(({ runner, epoch, beat }) => {
      const desk = this.#desks.get(runner);
      if (desk?.state !== 'open' || desk.epoch !== epoch || desk.beat !== beat) return [];
      desk.state = 'claimed';
      desk.epoch += 1;
      return [runner];
    });
  }

  #open(): Desk[] {
    return [...this.#desks.values()].filter(({ state }) => state === 'open');
  }

  #isFree(runner: number): boolean {
    return this.#desks.get(runner)?.state !== 'open' && !this.#hasRuns(runner);
  }
}

function seen({ init, runner, epoch, beat }: Desk): SeenRunner {
  return { ...init, runner, epoch, beat };
}
