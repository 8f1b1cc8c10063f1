import { setTimeout } from 'node:timers/promises';

import type { CarrierTarget, TestedEngine } from '#src/distributed/conformance/index.js';
import type { CarrierSession } from '#src/distributed/index.js';
import { SystemClock } from '#src/index.js';
import { nats } from '#src/nats/index.js';
import { startNatsServer } from '#src/testing/index.js';

import { Wire } from './wire.js';

/** The lease of the suite is short, and the server is away for half of it. */
const AT_ONCE = { reconnectTimeWait: 20, reconnectJitter: 0 };

/** `nats` with a server for each case, in real time. Each session has a way to the server of its own, as a process has. */
export const NATS_TARGET: CarrierTarget = {
  name: 'nats',
  faults: ['kill', 'freeze', 'down', 'full'],
  create: natsEngine,
};

async function natsEngine(): Promise<TestedEngine> {
  const server = await startNatsServer({ config: accountWith('8GB') });
  const wires = new Map<CarrierSession, Wire>();
  const killed = new Set<CarrierSession>();
  let isDown = false;
  return {
    carrier: {
      name: 'nats',
      async open(options) {
        const wire = await Wire.to(server.port);
        const session = await nats({ connect: { servers: wire.url, ...AT_ONCE } }).open(options);
        wires.set(session, wire);
        return session;
      },
    },
    clock: new SystemClock(),
    pass: (ms) => setTimeout(ms),
    async kill(session) {
      killed.add(session);
      wires.get(session)?.cut();
      // As the end of a process, it is at once.
      await setTimeout(20);
    },
    freeze: (session) => wires.get(session)?.hold(),
    thaw: (session) => wires.get(session)?.letGo(),
    async become(state) {
      if (state === 'down') await server.stop();
      else if (isDown) await server.start();
      else {
        server.reload(accountWith(state === 'full' ? '1' : '8GB'));
        // The server reads its configuration after the signal.
        await setTimeout(100);
      }
      isDown = state === 'down';
    },
    async destroy() {
      for (const wire of wires.values()) wire.letGo();
      await Promise.all([...wires.keys()].filter((session) => !killed.has(session)).map((session) => session.close(0)));
      for (const session of killed) await session.close(0);
      for (const wire of wires.values()) wire.cut();
      await server.destroy();
    },
  };
}

/** The whole server is one account, of which it is known how much it may store. */
function accountWith(maxFile: string): string {
  return `accounts { TESTS { users: [{ user: test, password: test }], jetstream { max_file: ${maxFile}, max_mem: 64MB } } }
no_auth_user: test`;
}
