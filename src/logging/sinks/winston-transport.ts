import type { Logger } from 'winston';

/** A winston 3 transport, as winston's own types name it nowhere by a usable name. */
export type WinstonTransport = Logger['transports'][number];
