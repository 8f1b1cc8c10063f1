import { createReadStream, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

import type { OpenLogger } from '../contenders/loggers.js';
import { cpuNs, median, warmUp, type Figures, type Workload } from '../workload.js';

const LINES = 200_000;
/** Lines between two turns of the event loop: a logger that writes later gets its turn. */
const BURST = 1000;
const PARTS = 20;
/** How long a part with a level that is off takes: who looks first is a thousand times as fast as who looks last. */
const SKIP_PART_NS = 20_000_000;

const BOTH = ['FlowLogger', 'FlowLogger, winston’s transport', 'winston', 'pino'];

/** W6: one line, with the same fifteen fields from everybody. */
export const LOGGING: readonly Workload[] = [
  {
    id: 'W6a',
    title: 'a log line of 15 fields as JSON, to a stream that throws it away',
    better: 'less',
    unit: 'CPU ns per line',
    contenders: BOTH,
    ours: 'FlowLogger',
    run: (name, scale) =>
      opened(name, async (open) => {
        let bytes = 0;
        const nowhere = new Writable({
          decodeStrings: false,
          write(chunk: string | Buffer, _encoding, callback) {
            bytes += chunk.length;
            callback();
          },
        });
        const logger = open(nowhere);
        const write = (count: number): Promise<void> => inBursts(logger, count);
        await warmUp(BURST, write);
        const before = bytes;
        const ns = await parts(LINES * scale, write);
        await logger.close();
        return { 'CPU ns per line': ns, 'bytes per line': (bytes - before) / (LINES * scale) };
      }),
  },
  {
    id: 'W6b',
    title: 'the same to a file, until everything is written',
    better: 'less',
    unit: 'CPU ns per line',
    contenders: [...BOTH, 'pino, sync: false'],
    ours: 'FlowLogger',
    run: (name, scale) =>
      opened(name, async (open) => {
        const folder = await mkdtemp(join(tmpdir(), 'penguiflow-bench-'));
        try {
          const warm = open(join(folder, 'warm.log'));
          await warmUp(BURST, (count) => inBursts(warm, count));
          await warm.close();
          const count = LINES * scale;
          const file = join(folder, 'lines.log');
          const from = performance.now();
          const ns = await cpuNs(count, async () => {
            const logger = open(file);
            await inBursts(logger, count);
            await logger.close();
          });
          const wall = ((performance.now() - from) * 1e6) / count;
          return { 'CPU ns per line': ns, 'ns per line': wall, 'lines lost': count - (await linesOf(file)) };
        } finally {
          rmSync(folder, { recursive: true });
        }
      }),
  },
  {
    id: 'W6c',
    title: 'an event whose level is off',
    better: 'less',
    unit: 'CPU ns per event',
    contenders: ['FlowLogger', 'winston', 'pino'],
    ours: 'FlowLogger',
    run: (name, scale) =>
      opened(name, async (open) => {
        const logger = open(new Writable({ write: (_chunk, _encoding, callback) => callback() }));
        await warmUp(BURST, (count) => logger.skip(count));
        const rough = await cpuNs(BURST * 10, (count) => logger.skip(count));
        const count = Math.max(BURST, Math.round((SKIP_PART_NS * scale) / rough)) * PARTS;
        return { 'CPU ns per event': await parts(count, (some) => logger.skip(some)) };
      }),
  },
];

/** Loads the loggers when they are needed: the other workloads have nothing to do with winston. */
async function opened(
  name: string,
  use: (open: (destination: Writable | string) => OpenLogger) => Promise<Figures>,
): ReturnType<Workload['run']> {
  const { LOGGERS } = await import('../contenders/loggers.js');
  const logger = LOGGERS[name];
  if (logger === undefined) throw new TypeError(`There is no logger ${name}`);
  return { about: logger.about, figures: await use((destination) => logger.open(destination)) };
}

async function inBursts(logger: OpenLogger, count: number): Promise<void> {
  for (let n = 0; n < count; n += BURST) {
    logger.log(Math.min(BURST, count - n));
    await turn();
  }
}

async function parts(count: number, run: (count: number) => Promise<void> | void): Promise<number> {
  const costs: number[] = [];
  for (let part = 0; part < PARTS; part++) costs.push(await cpuNs(count / PARTS, run));
  return median(costs);
}

async function linesOf(file: string): Promise<number> {
  let lines = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    for (const byte of chunk) if (byte === 10) lines++;
  }
  return lines;
}
