import { open, stat, type FileHandle } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

import { CommandFailure } from '../command-failure.js';
import { EXIT } from '../exit-codes.js';
import { CHUNK_BYTES } from './follow-file.js';

const GZIP = [0x1f, 0x8b];

/** The bytes of a file, unpacked if it is packed; `-` is stdin. */
export async function openLog(path: string, stdin: NodeJS.ReadStream): Promise<AsyncIterable<Uint8Array>> {
  if (path === '-') return unpacked(stdin as AsyncIterable<Uint8Array>);
  try {
    const file = await open(path, 'r');
    if ((await file.stat()).isDirectory()) {
      await file.close();
      throw isFolder(path);
    }
    return await unpacked(bytesOf(file));
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/**
 * Whether a file can grow, be emptied or make room for another: a pipe, or what is packed, is read once, to its end.
 * @throws CommandFailure for what is no file, or not there
 */
export async function canBeFollowed(path: string): Promise<boolean> {
  if (path === '-') return false;
  try {
    // Before it is opened: opening a pipe waits for who writes.
    const found = await stat(path);
    if (found.isDirectory()) throw isFolder(path);
    if (!found.isFile()) return false;
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(GZIP.length), 0, GZIP.length, 0);
      return bytesRead < GZIP.length || !isPacked(buffer);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileFailure(error, path);
  }
}

function isPacked(bytes: Uint8Array): boolean {
  return GZIP.every((byte, at) => bytes[at] === byte);
}

function isFolder(path: string): CommandFailure {
  return new CommandFailure(EXIT.usage, `${path} is a folder`, 'Name the files in it.');
}

/** In one buffer: a new one for each piece would wait for the garbage collector, which does not feel its weight. */
async function* bytesOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** What ends early gives what it has, then fails. */
async function unpacked(source: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const pieces = source[Symbol.asyncIterator]();
  const first = await pieces.next();
  const bytes = withFirst(first, pieces);
  if (first.done === true || !isPacked(first.value)) return bytes;
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  void feed(bytes, gunzip);
  return gunzip;
}

async function feed(bytes: AsyncIterable<Uint8Array>, gunzip: ReturnType<typeof createGunzip>): Promise<void> {
  try {
    for await (const chunk of bytes) {
      if (gunzip.destroyed) return;
      // It is read later, and the next piece comes in the same buffer.
      if (!gunzip.write(Uint8Array.from(chunk))) {
        await new Promise<void>((resolve) => {
          gunzip.once('drain', resolve).once('close', resolve);
        });
      }
    }
    gunzip.end();
  } catch (error) {
    gunzip.destroy(error as Error);
  }
}

async function* withFirst(
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (let piece = first; piece.done !== true; piece = await rest.next()) yield piece.value;
}

/** What the system says of a file, in words and with the exit code. */
export function fileFailure(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new CommandFailure(EXIT.notFound, `${path} is not there`);
  if (code === 'EACCES' || code === 'EPERM') return new CommandFailure(EXIT.failed, `${path} may not be read`);
  if (code?.startsWith('Z_') === true) return new CommandFailure(EXIT.failed, `${path} is damaged, or ends too early`);
  return error;
}
