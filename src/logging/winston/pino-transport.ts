import { invalidOption } from '../../errors/option-error.js';
import packages from '../../packages/packages.cjs';
import { nearestLevel } from '../lines/nearest-level.js';
import type { LineInfo, WinstonTransport } from '../sinks/log-sink.js';

/** What {@link pinoTransport} needs of a pino logger. */
export interface PinoLogger {
  readonly levels: { readonly values: Readonly<Record<string, number>> };
  flush?(done?: (error?: Error) => void): void;
}

/** Winston has it, and its types do not say so. */
type TransportClass = new (options: { log(info: LineInfo, next: () => void): void }) => WinstonTransport;
type LogMethod = (fields: object, message: string) => void;

/** What pino calls these parts of a line itself; a field of that name gets an underscore at its end. */
const TAKEN: ReadonlySet<string> = new Set(['level', 'time', 'msg']);
/** Parts that pino gets in its own way. */
const OWN: ReadonlySet<string> = new Set(['level', 'message', 'timestamp']);

/**
 * A winston transport that hands every line on to a pino logger: for `transports` of `configureLogging`, with
 * `destination: 'none'` where pino alone is to write. Lines come redacted, with their ids, at the nearest of pino's levels
 * (`fatal` for a line of NestJS's `fatal`); what pino makes of them (bindings, serializers, formatters, its own `redact`) is its own affair. The
 * logger stays its owner's: `shutdownLogging()` waits
 * for its `flush` and does not close it.
 *
 * @throws FlowError `INVALID_OPTION` when it is no pino logger
 * @example
 * ```ts
 * configureLogging({ destination: 'none', transports: [pinoTransport(pino())] });
 * ```
 */
export function pinoTransport(logger: PinoLogger): WinstonTransport {
  const values = (logger as Partial<PinoLogger> | null | undefined)?.levels?.values;
  if (typeof values !== 'object' || values === null) {
    const hint = 'Give what `pino()` returns; any other winston transport goes into `transports` as it is.';
    throw invalidOption('logger', 'pinoTransport()', 'a pino logger', logger, hint);
  }
  const ranks = Object.fromEntries(Object.entries(values).map(([level, value]) => [level, -value]));
  const methods = logger as unknown as Readonly<Record<string, LogMethod | undefined>>;
  const { Transport } = packages.winston as unknown as { readonly Transport: TransportClass };
  const transport = new Transport({
    log(info, next): void {
      const level = info['fatal'] === true ? 'fatal' : info.level;
      const method = nearestLevel(ranks, level);
      if (method !== undefined) methods[method]?.(fieldsOf(info), info.message);
      next();
    },
  });
  return Object.assign(transport, {
    name: 'pino',
    _final(done: (error?: Error) => void): void {
      flush(logger, (error) => (error ? done(error) : flush(logger, done)));
    },
  });
}

/** While pino writes, its `flush` waits for that write only: what came meanwhile takes another one. Old ones do not call back. */
function flush(logger: PinoLogger, done: (error?: Error) => void): void {
  if (typeof logger.flush !== 'function' || logger.flush.length === 0) done();
  else logger.flush(done);
}

function fieldsOf(info: LineInfo): object {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(info)) if (!OWN.has(key)) fields[TAKEN.has(key) ? `${key}_` : key] = value;
  return fields;
}
