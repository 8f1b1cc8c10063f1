import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, statSync, write, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { FlowError, describeThrown } from '../../errors/flow-error.js';

/** Never blocks on a named pipe: without a reader opening it fails, and a full one answers EAGAIN. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);
const LINE_BREAK = 0x0a;
/** How far before the place of a write it is looked for, for a file that was cut meanwhile. */
const LOOK_BACK_BYTES = 1024 * 1024;

/** A file that is appended to: opened at once, found again when it was moved away. */
export class LogFile {
  readonly path: string;
  /** The process that wrote it last was ended in the middle of a line. */
  readonly endsInHalfLine: boolean;
  readonly #descriptor: number;
  readonly #isRegular: boolean;

  /** @throws FlowError `LOG_DESTINATION_FAILED` when it cannot be opened */
  constructor(path: string) {
    this.path = path;
    this.#descriptor = openForAppend(path);
    const stats = fstatSync(this.#descriptor);
    this.#isRegular = stats.isFile();
    this.endsInHalfLine = this.#isRegular && stats.size > 0 && this.#read(stats.size - 1, 1)?.[0] !== LINE_BREAK;
  }

  /** Minus infinity for what has no size, like a named pipe, and when it cannot be found out. */
  get size(): number {
    try {
      return this.#isRegular ? fstatSync(this.#descriptor).size : Number.NEGATIVE_INFINITY;
    } catch {
      return Number.NEGATIVE_INFINITY;
    }
  }

  /** Whether another file, or none, has its name now, as after a rotation. */
  get isMoved(): boolean {
    if (!this.#isRegular) return false;
    try {
      const [named, open] = [statSync(this.path), fstatSync(this.#descriptor)];
      return named.ino !== open.ino || named.dev !== open.dev;
    } catch {
      return true;
    }
  }

  write(batch: Buffer, done: (error: NodeJS.ErrnoException | null, bytes: number) => void): void {
    write(this.#descriptor, batch, 0, batch.length, null, done);
  }

  /** @throws what the system says; then nothing of it was written */
  writeSync(batch: Buffer): number {
    return writeSync(this.#descriptor, batch);
  }

  /** Whether a batch stands in the file, at `from` bytes or behind. Undefined when that cannot be seen. */
  holds(batch: Buffer, from: number): boolean | undefined {
    if (this.isMoved) return undefined;
    const { size } = this;
    const start = Math.max(0, Math.min(from, size - batch.length - LOOK_BACK_BYTES));
    return this.#read(start, size - start)?.includes(batch);
  }

  /** @throws what the system says */
  close(): void {
    closeSync(this.#descriptor);
  }

  /** By its name, because the descriptor may not read; undefined when that is not allowed either. */
  #read(position: number, length: number): Buffer | undefined {
    let reader: number | undefined;
    try {
      reader = openSync(this.path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(reader, bytes, 0, length, position));
    } catch {
      return undefined;
    } finally {
      if (reader !== undefined) closeSync(reader);
    }
  }
}

function openForAppend(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, FLAGS, 0o644);
  } catch (error) {
    throw new FlowError('LOG_DESTINATION_FAILED', {
      message: `The log file ${JSON.stringify(path)} cannot be opened: ${describeThrown(error)}`,
      cause: error,
      metadata: { path },
    });
  }
}
