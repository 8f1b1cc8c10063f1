import { z } from 'zod';
import {
  CLOCK,
  configureLogging,
  createFlow,
  Flow,
  FlowLogger,
  shutdownLogging,
  type NodeContext,
} from '#src/index.js';
import { FlowHistory, type FlowStore, type FlowHistoryOptions, type KeptPayloads } from '#src/store/index.js';
import { ManualClock } from '#src/testing/index.js';
import { line, node, pass } from '../../support/nodes.js';
import { settle } from '../../support/settling.js';

/** How runs end. */
const ENDS = ['succeeds', 'fails', 'hangs', 'isCancelled', 'isLate', 'isInvalid'] as const;
export type End = (typeof ENDS)[number];

/** Whether, and how, what is kept of payloads is hidden. */
export type Hiding = 'nothing' | 'seal' | 'keepPayload';

export const TENANT = 'the-tenant-with-secrets';
/** What people look for runs by: kept as it is. */
export const LABEL = 'label-4711';

/** Where the redaction must find it: each place of each run has its own. */
export const secretOf = (
  place: 'payload' | 'meta' | 'output' | 'error' | 'cause' | 'line' | 'words',
  end: End,
): string => `s3cr3t-${place}-${end}`;
/** What looks harmless. */
export const wordOf = (place: 'payload' | 'meta' | 'output', end: End): string => `harmless-${place}-${end}`;

export const SECRETS: readonly string[] = ENDS.flatMap((end) =>
  (['payload', 'meta', 'output', 'error', 'cause', 'line', 'words'] as const).map((place) => secretOf(place, end)),
);
export const WORDS: readonly string[] = ENDS.flatMap((end) =>
  (['payload', 'meta', 'output'] as const).map((place) => wordOf(place, end)),
);

interface Work {
  readonly end: End;
}

function work({ end }: Work, ctx: NodeContext): Promise<unknown> | object {
  ctx.label('order', LABEL);
  ctx.logger.info('at work', { password: secretOf('line', end) });
  ctx.logger.warn(`going on with token=${secretOf('words', end)}`);
  if (end === 'succeeds') return { password: secretOf('output', end), note: wordOf('output', end) };
  if (end !== 'fails') return new Promise(() => {});
  const cause = new Error(`the bank said token=${secretOf('cause', end)}`);
  throw new Error(`login failed, password=${secretOf('error', end)}`, { cause });
}

let plantings = 0;

/** Runs a flow of each end on secrets, with a history that is flushed and closed with the flow. */
export async function plantSecrets(
  store: FlowStore,
  payloads: KeptPayloads,
  hiding: Hiding,
  look: (history: FlowHistory) => Promise<void>,
): Promise<void> {
  const turn = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0x5a);
  const options: FlowHistoryOptions = {
    payloads,
    ...(hiding === 'seal' ? { seal: { seal: turn, open: turn } } : {}),
  };
  const history = new FlowHistory(store, options);
  configureLogging({ destination: 'none', level: 'debug', transports: [history.logTransport({ level: 'debug' })] });
  const clock = new ManualClock();
  const kept = hiding === 'keepPayload' ? { keepPayload: false } : {};
  const shape = z.looseObject({ end: z.enum(ENDS.filter((end) => end !== 'isInvalid')) });
  const works = node(
    'Works',
    work as never,
    { ...kept, timeoutS: 10, input: shape, concurrency: 9, maxRetries: 1 } as never,
  );
  class Secretive {
    readonly graph = line(pass('Intake', kept as never), works, pass('Last', kept as never));
  }
  Flow({ name: `secretive-${++plantings}`, middlewares: [FlowLogger] })(Secretive);
  const flow = createFlow(Secretive, { history, providers: [{ token: CLOCK, useValue: clock }] });
  await flow.run();
  const calls = ENDS.map((end) => {
    const payload = { end, password: secretOf('payload', end), note: wordOf('payload', end) };
    const meta = { apiKey: secretOf('meta', end), note: wordOf('meta', end) };
    const late = end === 'isLate' ? { timeoutS: 1 } : {};
    return flow
      .call(payload, { meta, tenant: TENANT, traceId: end, labels: { order: LABEL }, ...late })
      .catch(() => {});
  });
  await settle();
  flow.cancel('isCancelled', { tenant: TENANT } as never);
  for (let s = 0; s < 60; s++) await clock.advance(1_000);
  await Promise.all(calls);
  await history.flush();
  await look(history);
  const stop = flow.stop({ graceS: 0 });
  // The code of nodes that hang is given up.
  while (flow.state !== 'stopped') await clock.advance(1_000);
  await stop;
  await history.close();
  await shutdownLogging();
}
