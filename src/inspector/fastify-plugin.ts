import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InspectorHandler } from './http/request-handler.js';

/** What the plugin needs of a Fastify instance; the types of Fastify are not needed for it. */
export interface FastifyScope {
  readonly prefix: string;
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    type: string,
    parser: (request: never, payload: never, done: (error: null) => void) => void,
  ): void;
  all(path: string, handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => void): unknown;
}

/** Of a request of Fastify's. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage;
}

/** Of a reply of Fastify's. */
export interface FastifyReplyLike {
  readonly raw: ServerResponse;
  hijack(): unknown;
}

/** A Fastify plugin: `app.register(inspector.fastify, { prefix: '/_penguiflow' })`. */
export type InspectorFastifyPlugin = (scope: FastifyScope, options: object, done: () => void) => void;

/** In a scope of its own: what the application's hooks say still counts, and its parsers of bodies are left alone. */
export function fastifyPlugin(handler: InspectorHandler): InspectorFastifyPlugin {
  return (scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    // The body stays where it is: it is read when the caller has been let in.
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    const { prefix } = scope;
    const answer = ({ raw }: FastifyRequestLike, reply: FastifyReplyLike): void => {
      reply.hijack();
      const { url = '/' } = raw;
      // As Express leaves it.
      const inside = url.startsWith(prefix) ? url.slice(prefix.length) : url;
      Object.assign(raw, { originalUrl: url, url: inside.startsWith('/') ? inside : `/${inside}` });
      handler(raw, reply.raw);
    };
    scope.all('/', answer);
    scope.all('/*', answer);
    done();
  };
}
