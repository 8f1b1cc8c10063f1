import { Flow, FlowLogger, start } from 'penguiflow';

import { Charged, Declined } from './messages.js';
import { Charge } from './nodes/charge.js';
import { Price } from './nodes/price.js';
import { Regret } from './nodes/regret.js';
import { Ship } from './nodes/ship.js';
import { Tally } from './tally.js';

/** What a shop does with an order. */
@Flow({ middlewares: [FlowLogger, Tally] })
export class Shop {
  readonly graph = start(Price).to(Charge).from(Charge).on(Charged, Ship).on(Declined, Regret);
}
