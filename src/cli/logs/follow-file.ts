import { open, stat, type FileHandle } from 'node:fs/promises';

/** Bytes that are read at once. */
export const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 10;

/**
 * A file that grows, is emptied, or makes room for another of its name. Looked at again and again: messages of the system about changes
 * get lost on network disks and in containers.
 */
export class FollowedFile {
  readonly #path: string;
  #handle: FileHandle | undefined;
  #inode: number | undefined;
  #position = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Opens it, and skips all but the last lines, if so many are wanted. */
  async open(lastLines?: number): Promise<void> {
    this.#handle = await open(this.#path, 'r');
    this.#inode = (await this.#handle.stat()).ino;
    this.#position = lastLines === undefined ? 0 : await startOfLast(this.#handle, lastLines);
  }

  /** What has come since; `anew` where another file, or the same from its start, goes on. */
  async *read(): AsyncGenerator<Uint8Array | 'anew'> {
    if (this.#handle !== undefined) {
      const { size } = await this.#handle.stat();
      if (size < this.#position) {
        this.#position = 0;
        yield 'anew';
      }
      yield* this.#rest();
    }
    const now = await stat(this.#path).catch(() => undefined);
    if (now === undefined || now.ino === this.#inode) return;
    const before = this.#handle;
    this.#handle = await open(this.#path, 'r').catch(() => undefined);
    if (this.#handle === undefined) {
      this.#handle = before;
      return;
    }
    // Whoever wrote may have written on until now.
    const next = this.#handle;
    if (before !== undefined) {
      this.#handle = before;
      yield* this.#rest();
      await before.close();
    }
    this.#handle = next;
    this.#inode = (await next.stat()).ino;
    this.#position = 0;
    yield 'anew';
    yield* this.#rest();
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async *#rest(): AsyncGenerator<Uint8Array> {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await this.#handle!.read(buffer, 0, CHUNK_BYTES, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
}

/** Where the last lines begin. */
async function startOfLast(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let left = lines;
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at--) {
      if (buffer[at] !== NEWLINE || start + at === size - 1) continue;
      left -= 1;
      if (left === 0) return start + at + 1;
    }
    end = start;
  }
  return 0;
}
