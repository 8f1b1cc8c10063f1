import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** A file of the page. */
export interface PageFile {
  readonly bytes: Uint8Array;
  /** Undefined where it would gain nothing. */
  readonly zipped: Uint8Array | undefined;
  readonly type: string;
  readonly etag: string;
  /** Its name changes with what is in it. */
  readonly isImmutable: boolean;
}

/** Where the page lies beside the code of the package. */
export const PAGE_FOLDER = new URL('./page/', import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  txt: 'text/plain; charset=utf-8',
};
const HASHED = /-[\w-]{8,}\.\w+$/;
const MIN_ZIPPED = 1_024;

const zip = promisify(gzip);

/** The files of the page, read once: what is asked for is looked up by its name, and no path leads anywhere else. */
export class PageFolder {
  readonly #folder: URL;
  #files: Promise<ReadonlyMap<string, PageFile>> | undefined;

  constructor(folder: URL) {
    this.#folder = folder;
  }

  /** By their paths in the folder. Rejects where the folder is not there; the next call looks again. */
  get files(): Promise<ReadonlyMap<string, PageFile>> {
    this.#files ??= readFolder(fileURLToPath(this.#folder)).catch((error: unknown) => {
      this.#files = undefined;
      throw error;
    });
    return this.#files;
  }

  get path(): string {
    return fileURLToPath(this.#folder);
  }
}

async function readFolder(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = found
    .filter((each) => each.isFile() && typeOf(each.name) !== undefined)
    .map((each) => join(each.parentPath, each.name));
  const files = await Promise.all(names.map((name) => readPageFile(name)));
  return new Map(
    names.map((name, index) => [name.slice(join(folder, sep).length).replaceAll(sep, '/'), files[index]!]),
  );
}

async function readPageFile(name: string): Promise<PageFile> {
  const bytes = await readFile(name);
  const type = typeOf(name) as string;
  const packed = bytes.length < MIN_ZIPPED || /^image\/(png|x-icon)|^font/.test(type) ? undefined : await zip(bytes);
  return {
    bytes,
    zipped: packed !== undefined && packed.length < bytes.length ? packed : undefined,
    type,
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    isImmutable: HASHED.test(name),
  };
}

function typeOf(name: string): string | undefined {
  return TYPES[name.slice(name.lastIndexOf('.') + 1)];
}
