import { getLogger } from 'penguiflow';
import type { Logger } from 'winston';

/** Under which the application's own logger is a provider. */
export const APP_LOGGER = Symbol('app-logger');

/** A logger of our own: what it adds stands on every line, of the flows, of NestJS and of the controllers. */
export function appLogger(): Logger {
  return getLogger('orders').child({ service: 'orders', version: process.env['APP_VERSION'] ?? 'dev' });
}
