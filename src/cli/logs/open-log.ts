import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import type { Readable } from 'node:stream';

import { CommandFailure } from '../command-failure.js';
import { EXIT } from '../exit-codes.js';
import { CHUNK_BYTES } from './follow-file.js';

const GZIP = [0x1f, 0x8b];

/** The bytes of a file, unpacked if it is packed; `-` is stdin. */
export async function openLog(path: string, stdin: NodeJS.ReadStream): Promise<AsyncIterable<Uint8Array>> {
  if (path === '-') return unpacked(stdin);
  try {
    const file = await open(path, 'r');
    if ((await file.stat()).isDirectory()) {
      await file.close();
      throw new CommandFailure(EXIT.usage, `${path} is a folder`, 'Name the files in it.');
    }
    return await unpacked(file.createReadStream({ highWaterMark: CHUNK_BYTES }));
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/** A stream that ends early gives what it has, then fails. */
async function unpacked(source: Readable): Promise<AsyncIterable<Uint8Array>> {
  const first = await firstChunk(source);
  const isPacked = first !== undefined && GZIP.every((byte, at) => first[at] === byte);
  const bytes = withFirst(first, source);
  if (!isPacked) return bytes;
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  void feed(bytes, gunzip);
  return gunzip;
}

async function feed(bytes: AsyncIterable<Uint8Array>, gunzip: ReturnType<typeof createGunzip>): Promise<void> {
  try {
    for await (const chunk of bytes) {
      if (gunzip.destroyed) return;
      if (!gunzip.write(chunk)) {
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

async function firstChunk(source: Readable): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const take = (): void => {
      const chunk = source.read() as Uint8Array | null;
      if (chunk === null) return;
      done();
      resolve(chunk);
    };
    const end = (): void => {
      done();
      resolve(undefined);
    };
    const fail = (error: Error): void => {
      done();
      reject(error);
    };
    const done = (): void => {
      source.off('readable', take).off('end', end).off('error', fail);
    };
    source.on('readable', take).on('end', end).on('error', fail);
  });
}

async function* withFirst(first: Uint8Array | undefined, source: Readable): AsyncGenerator<Uint8Array> {
  if (first === undefined) return;
  yield first;
  for await (const chunk of source) yield chunk as Uint8Array;
}

/** What the system says of a file, in words and with the exit code. */
export function fileFailure(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new CommandFailure(EXIT.notFound, `${path} is not there`);
  if (code === 'EACCES' || code === 'EPERM') return new CommandFailure(EXIT.failed, `${path} may not be read`);
  if (code?.startsWith('Z_') === true) return new CommandFailure(EXIT.failed, `${path} is damaged, or ends too early`);
  return error;
}
