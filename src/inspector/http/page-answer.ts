import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PageFile, PageFolder } from '../page-folder.js';

/** Sends a file of the page; the page itself for an empty name. */
export async function sendPage(
  { method = 'GET', headers }: IncomingMessage,
  response: ServerResponse,
  folder: PageFolder,
  name: string,
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    sendText(response, 405, 'Allowed: GET, HEAD');
    return;
  }
  const files = await folder.files.catch(() => new Map<string, PageFile>());
  // A limit of time may have answered meanwhile.
  if (response.headersSent || response.writableEnded) return;
  if (!files.has('index.html')) {
    const text = `The page of the inspector is not in ${folder.path}: it is made by \`npm run build\`, and a bundler has to copy that folder beside its output. The API is there.`;
    sendText(response, 500, text);
    return;
  }
  const file = files.get(name === '' ? 'index.html' : name);
  if (file === undefined) {
    sendText(response, 404, 'There is nothing of that name here');
    return;
  }
  response.setHeader('etag', file.etag);
  response.setHeader('cache-control', file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  response.setHeader('vary', 'accept-encoding');
  if (isKnown(headers['if-none-match'], file.etag)) {
    response.statusCode = 304;
    response.end();
    return;
  }
  const zipped = /\bgzip\b/.test(headers['accept-encoding'] ?? '') ? file.zipped : undefined;
  const bytes = zipped ?? file.bytes;
  if (zipped !== undefined) response.setHeader('content-encoding', 'gzip');
  response.statusCode = 200;
  response.setHeader('content-type', file.type);
  response.setHeader('content-length', bytes.length);
  response.end(method === 'HEAD' ? undefined : bytes);
}

function isKnown(given: string | undefined, etag: string): boolean {
  return given?.split(',').some((each) => each.trim().replace(/^W\//, '') === etag) === true;
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('cache-control', 'no-store');
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.setHeader('content-length', Buffer.byteLength(text));
  response.end(text);
}
