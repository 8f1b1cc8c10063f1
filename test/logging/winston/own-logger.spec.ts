import { describeOwnLogger } from '../support/own-logger-contract.js';
import { WAYS } from '../support/own-logger-ways.js';

describe("a user's own winston logger", () => {
  for (const way of WAYS) describe(way.name, () => describeOwnLogger(way));
});
