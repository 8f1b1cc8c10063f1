import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MetricsBackend } from './metrics-backend.js';

/** Answers a scrape; fits `node:http`, Express, and NestJS through `res`. */
export type MetricsHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Who may scrape is for the server around it: it knows nobody, and tells node names and volumes. */
export function metricsHandler(backend: Pick<MetricsBackend, 'expose'>): MetricsHandler {
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    backend.expose().then(
      ({ contentType, body }) => {
        const headers = { 'content-type': contentType, 'content-length': Buffer.byteLength(body) };
        response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : body);
      },
      // What went wrong is nothing for whoever scrapes; Prometheus sees `up` go to 0.
      () => response.writeHead(500, { 'content-type': 'text/plain' }).end('metrics could not be collected\n'),
    );
  };
}
