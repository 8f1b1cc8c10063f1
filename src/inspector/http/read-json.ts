import type { IncomingMessage } from 'node:http';
import { refused, type Answer } from '../answer.js';

/** Longest body of a request, in bytes. */
const MAX_BYTES = 65_536;
/** So much more is read and thrown away: who is still sending would find the connection broken, and not the answer. */
const MAX_DRAINED = 16_777_216;

/** The body of a request as JSON, be it that somebody has parsed it before; or what is wrong with it. */
export async function readJson(request: IncomingMessage): Promise<{ readonly json: unknown } | Answer> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    return refused(415, 'NOT_JSON', 'The body must be JSON, and say so: `content-type: application/json`');
  }
  // Parsers of other types leave a body of their own beside a stream that nobody has read.
  if (request.readableDidRead) return bodyOf(request);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // The end of the iteration must not end the connection.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes <= MAX_BYTES) chunks.push(chunk);
    else if (bytes > MAX_DRAINED) break;
  }
  return bytes > MAX_BYTES ? tooLarge() : parsed(Buffer.concat(chunks).toString('utf8'));
}

/** Of a stream that somebody has read before. */
function bodyOf(request: IncomingMessage): { readonly json: unknown } | Answer {
  const { body } = request as { readonly body?: unknown };
  if (body === undefined) {
    return refused(
      400,
      'INVALID_JSON',
      'What stands before the inspector has read the body, and left none in `req.body`',
    );
  }
  return typeof body === 'string' || body instanceof Uint8Array
    ? parsed(new TextDecoder().decode(asBytes(body)))
    : { json: body };
}

function asBytes(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? new TextEncoder().encode(body) : body;
}

function parsed(text: string): { readonly json: unknown } | Answer {
  try {
    return { json: JSON.parse(text) as unknown };
  } catch {
    return refused(400, 'INVALID_JSON', 'The body is no JSON');
  }
}

function tooLarge(): Answer {
  return refused(413, 'TOO_LARGE', `The body must not be longer than ${MAX_BYTES} bytes`);
}
