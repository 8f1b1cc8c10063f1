import { acyclicProperty } from './acyclic-property.js';
import { cyclesProperty } from './cycles-property.js';
import { deliveryProperty } from './delivery-property.js';
import { distributedProperty } from './distributed-property.js';
import { eventsProperty } from './events-property.js';
import type { FuzzProperty } from './fuzz-property.js';
import { joinsProperty } from './joins-property.js';
import { ringsProperty } from './rings-property.js';
import { timedJoinsProperty } from './timed-joins-property.js';
import { tracesProperty } from './traces-property.js';
import { validationProperty } from './validation-property.js';

/** What `npm run fuzz` tries. */
export const PROPERTIES: readonly FuzzProperty[] = [
  acyclicProperty,
  cyclesProperty,
  deliveryProperty,
  distributedProperty,
  joinsProperty,
  ringsProperty,
  timedJoinsProperty,
  tracesProperty,
  eventsProperty,
  validationProperty,
];
