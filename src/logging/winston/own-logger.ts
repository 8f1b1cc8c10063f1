import type { Logger } from 'winston';
import { describeThrown } from '../../errors/flow-error.js';
import { FieldList } from '../lines/field-list.js';
import { LEVEL_RANKS } from '../lines/logging-level.js';
import { nearestLevel } from '../lines/nearest-level.js';
import { isoTimestamp } from '../lines/timestamp.js';
import type { Sanitizer } from '../redact/sanitizer.js';
import { attemptScope } from '../scope/correlation-scope.js';
import { processWide } from '../scope/process-wide.js';
import { complain } from '../sinks/complain.js';
import { guardTransport } from '../sinks/guard-transport.js';
import { isEnded } from '../sinks/stream-state.js';
import { LIBRARY_LINE, type LibraryLine } from './library-line.js';
import { loggingHub } from './logging-hub.js';
import { countersOf, type LoggerCounters } from './own-logger-stats.js';
import { LEVEL, redactedInfo, RESERVED, type Info } from './redacted-info.js';
import { streamOwner } from './stream-owner.js';
import { withReserved } from './with-reserved.js';

/** For a logger that is only given to `correlate()`. */
const UNBOUND = 'correlate()';

type Levels = Readonly<Record<string, number>>;

/**
 * A winston logger that is not the library's: its lines, and those that its children write, pass here before its formats see
 * them. There is one for each logger that owns a stream.
 *
 * The library's own lines get what the logger puts on its lines (default fields, those of children), the nearest of its levels,
 * and are redacted. What others write to it is left alone until it is correlated. Nothing that the logger or one of its
 * transports throws goes further than this.
 */
export class OwnLogger {
  readonly #owner: Logger;
  readonly #plainWrite: Logger['write'];
  /** What it is bound to. */
  #token = UNBOUND;
  #counters: LoggerCounters | undefined;
  #isCorrelated = false;
  /** Undefined until it is correlated. */
  #redact: boolean | Sanitizer | undefined;
  #levels: Levels | undefined;
  #nearest = new Map<string, string | undefined>();
  #hadTransports = false;
  #isGoneTold = false;
  #isFailureTold = false;
  readonly #onFailure = (error: unknown): void => this.#failed(error);

  constructor(owner: Logger) {
    this.#owner = owner;
    // oxlint-disable-next-line typescript/unbound-method -- it is called on whichever logger was written to
    this.#plainWrite = owner.write;
    const take = (target: Logger, info: Info, rest: unknown[]): boolean => this.#take(target, info, rest);
    Object.defineProperty(owner, 'write', {
      value(this: Logger, info: Info, ...rest: unknown[]): boolean {
        return take(this, info, rest);
      },
      configurable: true,
      writable: true,
    });
    // Without a listener of the user's, a transport that fails would end the process.
    if (typeof owner.on === 'function') owner.on('error', this.#onFailure);
  }

  /**
   * The lines that others write to it carry the fields of the attempt that runs, and are redacted.
   *
   * @param redact - whether and how they are; the last one that says so counts @defaultValue true, which is as `configureLogging` says
   */
  correlate(redact?: boolean | Sanitizer): void {
    this.#isCorrelated = true;
    this.#redact = redact ?? this.#redact ?? true;
    attemptScope.hold();
  }

  /** What it is called on stderr and in `loggingStats()`; the first name stays. */
  name(token: string): void {
    if (this.#token !== UNBOUND) return;
    this.#token = token;
    this.#counters = undefined;
  }

  /** Whether its lines go nowhere: it has no transport, or a level that is none of its levels. */
  get isSilent(): boolean {
    const { transports, level } = this.#owner;
    const levels = this.#scale();
    return transports.every((transport) => levels[transport.level ?? level] === undefined);
  }

  /** Whether one of its transports takes a line of that level, or of the nearest one that it has. */
  isEnabled(asked: string): boolean {
    if (this.#owner.silent) return false;
    if (this.#isGone()) return true; // for `write`, which counts the line
    return this.#takes(this.#levelFor(asked));
  }

  /** Writes a line of the library's. Never throws. @param logger - this one, or a child of it */
  write(logger: Logger, line: LibraryLine): void {
    const { level, message } = line;
    try {
      const defaults = logger.defaultMeta as object | null | undefined;
      const info: Info = { ...defaults, level, message, [LEVEL]: level, [LIBRARY_LINE]: line };
      logger.write(info);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Lines that are still on their way inside winston's streams. */
  get waiting(): number {
    const { transports, writableLength, readableLength } = this.#owner;
    if (transports.length === 0) return 0; // nobody will ever take them
    return transports.reduce((total, transport) => total + transport.writableLength, writableLength + readableLength);
  }

  #take(target: Logger, info: Info, rest: unknown[]): boolean {
    if (this.#isGone()) return this.#lost();
    try {
      const hasRoom = this.#plainWrite.call(target, this.#prepared(info), ...(rest as [BufferEncoding]));
      this.#counted().written++;
      return hasRoom;
    } catch (error) {
      this.#failed(error);
      return true;
    }
  }

  #prepared(info: Info): Info {
    if (typeof info !== 'object' || info === null) return info;
    const line = info[LIBRARY_LINE] as LibraryLine | undefined;
    return line === undefined ? this.#foreign(info) : this.#library(info, line);
  }

  /** What child loggers and the defaults put on the line stands below what it says itself. */
  #library(info: Info, { level, message, sources, reserved, timeMs }: LibraryLine): Info {
    const { level: _level, message: _message, ...around } = info;
    const { sanitizer } = loggingHub;
    const made: Info = {};
    if (Object.keys(around).length > 0) Object.assign(made, sanitizer.value({ ...around }));
    const fields = new FieldList();
    sanitizer.fields(fields, sources, reserved);
    fields.assignTo(made);
    if (made['exception'] === true) made['exception'] = 'true'; // winston transports drop lines with `exception: true`
    if (timeMs !== undefined) made['timestamp'] = isoTimestamp(timeMs);
    const name = this.#levelFor(level);
    const ids = fields.reserved();
    return Object.assign(made, { level: name, message: sanitizer.text(message), [LEVEL]: name, [RESERVED]: ids });
  }

  #foreign(info: Info): Info {
    const asked = (info[LEVEL] ?? info['level']) as string;
    const level = this.#levelFor(asked);
    const sanitizer = this.#sanitizer();
    const reserved = this.#isCorrelated ? attemptScope.current : undefined;
    let made = info;
    if (sanitizer !== undefined && !this.#ignores(level)) made = redactedInfo(info, sanitizer);
    if (reserved !== undefined) made = withReserved(made, reserved);
    if (level === asked) return made;
    return Object.assign(made === info ? { ...info } : made, { level, [LEVEL]: level });
  }

  #sanitizer(): Sanitizer | undefined {
    if (typeof this.#redact === 'object') return this.#redact;
    return this.#redact === true && loggingHub.redacts ? loggingHub.sanitizer : undefined;
  }

  #scale(): Levels {
    return this.#owner.levels ?? LEVEL_RANKS;
  }

  #levelFor(asked: string): string {
    const levels = this.#scale();
    if (levels !== this.#levels) {
      this.#levels = levels;
      this.#nearest = new Map();
    }
    let level = this.#nearest.get(asked);
    if (level === undefined) {
      level = (typeof asked === 'string' ? nearestLevel(levels, asked) : undefined) ?? asked;
      this.#nearest.set(asked, level);
    }
    return level;
  }

  #takes(level: string): boolean {
    const levels = this.#scale();
    const rank = levels[level];
    const { transports, level: own } = this.#owner;
    for (const transport of transports) {
      if (transport.silent !== true && rank! <= levels[transport.level ?? own]!) return true;
    }
    return false;
  }

  /** Whether no transport takes that level. What is piped to and is no transport gets every line. */
  #ignores(level: string): boolean {
    const { transports } = this.#owner;
    return !this.#takes(level) && transports.every((transport) => typeof transport.log === 'function');
  }

  /** It was ended, or closed, which takes its transports away. Guards those that it has. */
  #isGone(): boolean {
    const owner = this.#owner;
    const { transports } = owner;
    for (const transport of transports) guardTransport(transport, this.#onFailure);
    if (isEnded(owner) || owner.destroyed) return true;
    const isEmpty = transports.length === 0;
    if (!isEmpty) this.#isGoneTold = false;
    this.#hadTransports ||= !isEmpty;
    return isEmpty && this.#hadTransports;
  }

  #lost(): true {
    this.#counted().dropped++;
    if (!this.#isGoneTold) {
      this.#isGoneTold = true;
      complain(`the winston logger of ${this.#token} was closed; its lines are lost, and the flows go on`);
    }
    return true;
  }

  #counted(): LoggerCounters {
    return (this.#counters ??= countersOf(this.#token));
  }

  #failed(error: unknown): void {
    const counters = this.#counted();
    counters.failed++;
    counters.dropped++;
    if (this.#isFailureTold) return;
    this.#isFailureTold = true;
    const what = loggingHub.sanitizer.text(describeThrown(error));
    complain(`the winston logger of ${this.#token} failed: ${what}; the line is lost, and the flows go on`);
  }
}

const loggers = processWide('own-loggers', () => new WeakMap<Logger, OwnLogger>());

/** The one for a logger of the user's, or for the one that it is a child of; undefined for the library's own. */
export function ownLogger(logger: Logger): OwnLogger | undefined {
  const owner = streamOwner(logger);
  if (loggingHub.owns(owner)) return undefined;
  let own = loggers.get(owner);
  if (own === undefined) {
    own = new OwnLogger(owner);
    loggers.set(owner, own);
  }
  return own;
}
