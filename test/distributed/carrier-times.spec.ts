import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { CLOCK, Flow, FLOW_LOG, start } from '#src/index.js';
import {
  connectFlow,
  Distributed,
  memoryCarrier,
  serveFlow,
  sqliteCarrier,
  type Carrier,
  type CarrierTimes,
} from '#src/distributed/index.js';
import { ManualClock } from '#src/testing/index.js';

import { MemoryLog } from '../support/memory-log.js';
import { pass } from '../support/nodes.js';
import { failureOf } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

const Parse = pass('Parse');

@Distributed()
@Flow()
class Timed {
  readonly graph = start(Parse);
}

const MAKERS: readonly (readonly [string, (times: CarrierTimes) => Carrier])[] = [
  ['memoryCarrier', (times) => memoryCarrier(times)],
  ['sqliteCarrier', (times) => sqliteCarrier({ file: 'never-opened.db', ...times })],
];

const REFUSED: readonly (readonly [object, string])[] = [
  [{ leaseS: 1 }, 'Expected `leaseS` of X to be 2 to 3600 (seconds), got 1'],
  [{ leaseS: '15' }, 'Expected `leaseS` of X to be 2 to 3600 (seconds), got "15"'],
  [{ leaseS: Number.NaN }, 'Expected `leaseS` of X to be 2 to 3600 (seconds), got NaN'],
  [{ dedupeS: 14 }, 'Expected `dedupeS` of X to be at least `leaseS`, 15 (seconds), got 14'],
  [{ leaseS: 121 }, 'Expected `dedupeS` of X to be at least `leaseS`, 121 (seconds), got 120'],
  [
    { dedupeS: Number.POSITIVE_INFINITY },
    'Expected `dedupeS` of X to be at least `leaseS`, 15 (seconds), got Infinity',
  ],
  [{ keepS: null }, 'Expected `keepS` of X to be at least `leaseS`, 15 (seconds), got null'],
  [{ lease: 20 }, 'Unknown option `lease` of X'],
];

describe('times of a carrier', () => {
  for (const [name, make] of MAKERS) {
    it(`D6 D9 D17 ${name} refuses what cannot be, and says what can`, () => {
      for (const [options, message] of REFUSED) {
        const error = thrownBy(() => make(options as CarrierTimes));
        expect([error.code, error.message]).to.deep.equal(['INVALID_OPTION', message.replace('X', name)]);
      }
      expect(make({ leaseS: 2, keepS: 600 }).times).to.deep.equal({ leaseS: 2, keepS: 600 });
      expect(make({}).times).to.deep.equal({});
    });
  }

  it('D6 D9 D17 hold for whoever serves and connects', async () => {
    const clock = new ManualClock();
    const carrier = memoryCarrier({ leaseS: 4, dedupeS: 10, keepS: 20 });
    const providers = [
      { token: CLOCK, useValue: clock },
      { token: FLOW_LOG, useValue: new MemoryLog() },
    ] as const;
    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 12; turn++) await clock.advance(0);
    };
    const client = await connectFlow(Timed, { carrier, providers });
    await client.emit('doc', { id: 'one' });
    const session = await carrier.open({ flow: 'Timed', clock });
    let redelivered = 0;
    session.take('Parse', { free: 1, maxHoldS: 900 }, () => {});
    await clock.advance(0);
    carrier.faults.kill(session);
    const worker = await serveFlow(Timed, { carrier, providers });
    worker.on('message_redelivered', () => void redelivered++);
    await clock.advance(3_900);
    expect(redelivered).to.equal(0);
    await clock.advance(100);
    await turns();
    expect(redelivered).to.equal(1);

    const { rootId } = await client.emit('doc', { id: 'two' });
    await turns();
    await clock.advance(9_900);
    expect((await client.emit('doc', { id: 'two' })).duplicate).to.equal(true);
    await clock.advance(100);
    expect((await client.emit('doc', { id: 'two' })).duplicate).to.equal(false);
    await clock.advance(9_900);
    expect(await client.result(rootId, { timeoutS: 0 })).to.equal('doc');
    await clock.advance(100);
    expect((await failureOf(client.result(rootId, { timeoutS: 0 }))).code).to.equal('FETCH_TIMEOUT');
    await Promise.all([client.stop(), worker.stop(), clock.advance(5_000)]);
  });

  describe('in one SQLite file', () => {
    let folder: string;
    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'penguiflow-times-'))));
    afterEach(() => rmSync(folder, { recursive: true }));

    it('D31 are those of the file: who says nothing leaves them, who says others changes them for all', async () => {
      const file = join(folder, 'queues.db');
      const providers = [{ token: FLOW_LOG, useValue: new MemoryLog() }] as const;
      const first = await connectFlow(Timed, { carrier: sqliteCarrier({ file, leaseS: 30, dedupeS: 60 }), providers });
      const quiet = sqliteCarrier({ file });
      const second = await connectFlow(Timed, { carrier: quiet, providers });
      const verifying = (times: CarrierTimes): Promise<unknown> =>
        connectFlow(Timed, { carrier: sqliteCarrier({ file, ...times }), provision: 'verify', providers });
      const { code, metadata } = await failureOf(verifying({ leaseS: 20, dedupeS: 60, keepS: 300 }));
      expect([code, metadata['diff']]).to.deep.equal([
        'PLAN_CHANGED',
        { added: [], removed: [], changed: [{ queue: undefined, setting: 'leaseS', from: 30, to: 20 }] },
      ]);
      const third = await connectFlow(Timed, { carrier: sqliteCarrier({ file, leaseS: 20 }), providers });
      const fourth = (await verifying({ leaseS: 20, dedupeS: 60, keepS: 300 })) as typeof third;
      await Promise.all([first, second, third, fourth].map((each) => each.stop()));
    });
  });
});
