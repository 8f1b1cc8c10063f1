export { createInspector, type Inspector, type ListeningInspector, type ListenOptions } from './inspector.js';
export type { Authorize, InspectorAccess, InspectorOptions } from './inspector-options.js';
export type { InspectorHandler } from './http/request-handler.js';
export type { FastifyReplyLike, FastifyRequestLike, FastifyScope, InspectorFastifyPlugin } from './fastify-plugin.js';
export type { InspectorAction } from './api.js';
