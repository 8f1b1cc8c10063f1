import type { ServerResponse } from 'node:http';
import { clearTimeout, setTimeout } from 'node:timers';
import { Injectable } from '@nestjs/common';

const REFUSAL = JSON.stringify({ statusCode: 503, error: 'Service Unavailable', message: 'The service is stopping.' });

/** Counts the requests that are being answered; once closed it refuses new ones and tells when the others are done. */
@Injectable()
export class RequestGate {
  readonly #open = new Set<ServerResponse>();
  #isClosed = false;
  #onIdle: (() => void) | undefined;

  /** Lets a request in, or answers it with 503 and returns false. */
  admit(response: ServerResponse): boolean {
    if (this.#isClosed) {
      refuse(response);
      return false;
    }
    this.#open.add(response);
    response.once('close', () => {
      this.#open.delete(response);
      if (this.#open.size === 0) this.#onIdle?.();
    });
    return true;
  }

  /** Refuses requests from now on; what is answered from now on ends its connection, so that none is reset later. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const response of this.#open) endConnection(response);
  }

  /** Resolves when all requests are answered or `limitS` seconds are over, with the number of those that are not. */
  async idle(limitS: number): Promise<number> {
    if (this.#open.size === 0) return 0;
    await new Promise<void>((resolve) => {
      const limit = setTimeout(resolve, limitS * 1000);
      this.#onIdle = () => {
        clearTimeout(limit);
        resolve();
      };
    });
    this.#onIdle = undefined;
    return this.#open.size;
  }
}

function refuse(response: ServerResponse): void {
  response.statusCode = 503;
  endConnection(response);
  response.setHeader('retry-after', '1');
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(REFUSAL);
}

/** HTTP/2 has no such header; there the server says goodbye on the session. */
function endConnection(response: ServerResponse): void {
  if (!response.headersSent && response.req.httpVersionMajor < 2) response.setHeader('connection', 'close');
}
