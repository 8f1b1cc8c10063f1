import { expect } from 'chai';
import winston from 'winston';
import { FLOW_LOGGER_OPTIONS, LOGGER, TRACER, type NodeContext } from '#src/index.js';
import { configureLogging } from '#src/logging/configure-logging.js';
import { FlowLogger } from '#src/logging/flow-logger/flow-logger.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import { LineCatcher } from '../support/line-catcher.js';
import { line, node } from '../support/nodes.js';
import { useLogging } from '../support/use-logging.js';
import { useRealFlows, type RealFlowOptions } from './support/real-flows.js';
import { Transport } from './support/slow-transport.js';

const broken = (): never => {
  throw new RangeError('broken');
};
const rejecting = (): never => Promise.reject(new RangeError('broken')) as never;

class Throwing extends Transport {
  override log = broken;
}
class Rejecting extends Transport {
  override log = rejecting;
}
/** Rejects after it has taken the line. */
class RejectingLate extends Transport {
  override log = async (_info: unknown, done: () => void): Promise<void> => {
    done();
    await Promise.resolve();
    broken();
  };
}

/** A value of which nothing can be read. */
const unreadable = (): object => {
  const bad = Object.defineProperty({}, 'bad', { enumerable: true, get: broken });
  const proxy = new Proxy({}, { get: broken, ownKeys: broken, has: broken, getPrototypeOf: broken });
  return {
    bad,
    proxy,
    json: { toJSON: broken },
    text: { toString: broken },
    error: Object.defineProperty(new Error('e'), 'message', { get: broken }),
  };
};

describe('callbacks that misbehave', () => {
  const caught = useLogging();
  const flows = useRealFlows();
  const unhandled: unknown[] = [];
  const note = (error: unknown): number => unhandled.push(error);

  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', note);
  });
  afterEach(() => void process.off('unhandledRejection', note));

  const noisy = node('Noisy', (payload: unknown, ctx: NodeContext) => {
    ctx.logger.info('by ctx', { value: unreadable(), ...{ trace_id: 'mine' } });
    getLogger().info('by getLogger', unreadable());
    getLogger().info(unreadable());
    getLogger().info('%s and %j', unreadable(), unreadable());
    getLogger()
      .child({ value: unreadable() })
      .warn(new Proxy({}, { get: broken, ownKeys: broken }));
    return payload;
  });

  /** Everything at once; gives what ten calls gave. */
  async function run(options: RealFlowOptions = {}): Promise<unknown[]> {
    const flow = await flows.run(line(noisy), {
      ...options,
      declared: { middlewares: [FlowLogger, broken, rejecting] },
      made: {
        providers: [
          ...(options.made?.providers ?? []),
          { token: TRACER, useValue: { startTrace: rejecting } },
          { token: FLOW_LOGGER_OPTIONS, useValue: { onLatency: rejecting } },
        ],
      },
    });
    const given = [];
    for (let n = 0; n < 10; n++) given.push(await flow.call(n));
    await flow.stop();
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    return given;
  }

  function check(lines: readonly Record<string, unknown>[], given: readonly unknown[]): void {
    expect(given).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(unhandled).to.deep.equal([]);
    for (const message of ['by ctx', 'node_success', 'trace_end'])
      expect(
        lines.filter((one) => one['message'] === message),
        message,
      ).to.have.length(10);
    const failed = lines.filter((one) => one['message'] === 'log_flow_events_latency_callback_error');
    expect(failed.map(({ failures }) => failures)).to.deep.equal([1, 10]);
    const own = lines.filter((one) => one['message'] === 'by ctx');
    expect(own.every((one) => one['trace_id'] !== 'mine' && one['node_name'] === 'Noisy')).to.equal(true);
    expect(JSON.stringify(own[0])).to.contain('[threw RangeError]');
  }

  it('R21 R27 fail no flow, leave no rejection and stop no other line: the logger of the library', async () => {
    configureLogging({
      structured: true,
      destination: caught,
      transports: [new Throwing(), new Rejecting(), new RejectingLate()],
    });
    const given = await run();
    check(caught.json, given);
    expect(caught.json.filter((one) => one['logger'] === 'penguiflow' && one['node_name'] === 'Noisy')).to.have.length(
      50,
    );
  });

  it("R21 R23c fail no flow, leave no rejection and stop no other line: a winston logger of the user's", async () => {
    const own = new LineCatcher();
    const logger = winston.createLogger({
      format: winston.format.json(),
      transports: [
        new Throwing(),
        new Rejecting(),
        new RejectingLate(),
        new winston.transports.Stream({ stream: own }),
      ],
    });
    const given = await run({ made: { providers: [{ token: LOGGER, useValue: logger }] } });
    check(own.json, given);
  });
});
