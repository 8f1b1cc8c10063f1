export { nats, type NatsCarrierOptions } from './nats-carrier.js';
