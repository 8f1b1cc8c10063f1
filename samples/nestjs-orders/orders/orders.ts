import { Flow, start } from 'penguiflow';
import { Charge } from './charge.js';
import { Charged, Declined } from './messages.js';
import { Price } from './price.js';
import { Refund } from './refund.js';
import { Ship } from './ship.js';

/** From an order to a parcel, or to a refund. */
@Flow()
export class Orders {
  readonly graph = start(Price).to(Charge).from(Charge).on(Charged, Ship).on(Declined, Refund);
}
