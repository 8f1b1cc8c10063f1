import { carrierConformance } from '#src/distributed/conformance/index.js';

import { SHARED_SQLITE_TARGET, SQLITE_TARGET } from './sqlite-target.js';

/** Cases wait most of their time, as it is real: so many run beside each other. */
const BESIDE = 8;

/** The model runs in real time: two of its seeds here, all of them with `PENGUIFLOW_CARRIER_SEEDS=all`. */
const LEFT_OUT = process.env['PENGUIFLOW_CARRIER_SEEDS'] === 'all' ? /$^/ : /\(seed (?![12]\))/;

describe('D2 D4 D6 D8 D9 D10 D11 D12 D14 D16 D17 D21 D24 D25 D26 D27 D31 D34 the conformance suite of sqliteCarrier', function () {
  this.timeout(300_000);
  const cases = [SQLITE_TARGET, SHARED_SQLITE_TARGET]
    .flatMap(carrierConformance)
    .filter(({ title }) => !LEFT_OUT.test(title))
    .map((each) => ({ ...each, ...pending() }));
  const left = [...cases];

  before(() => {
    for (const { promise } of cases) promise.catch(() => undefined);
    for (let index = 0; index < BESIDE; index += 1) void runLeft();
  });

  for (const { title, promise } of cases) it(title, () => promise);

  async function runLeft(): Promise<void> {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      await next.run().then(next.resolve, next.reject);
    }
  }
});

interface Pending {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function pending(): Pending {
  let [resolve, reject]: [Pending['resolve'], Pending['reject']] = [() => {}, () => {}];
  const promise = new Promise<void>((...both) => {
    [resolve, reject] = both;
  });
  return { promise, resolve, reject };
}
