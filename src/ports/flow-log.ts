/** Severity of a line, in winston's npm order. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Fields of a line; JSON-ready or not, the log sees to it. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where the runtime and the nodes write lines. Implemented on winston in `logging/`; the runtime knows only this.
 */
export interface FlowLog {
  /** False when a line of that level would go nowhere; a cached flag, cheap enough for every message. */
  isLevelEnabled(level: LogLevel): boolean;
  /** Writes one line. `reserved` wins over `fields` of the same name. Never throws. */
  write(level: LogLevel, message: string, fields: LogFields | undefined, reserved: LogFields): void;
  /** Resolves when everything written before has been handed to the destination. */
  flush(): Promise<void>;
  /** True when lines go nowhere at all: nobody configured a destination. */
  readonly silent: boolean;
}

/** The logger a node sees as `ctx.logger`. */
export interface NodeLogger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  isLevelEnabled(level: LogLevel): boolean;
}

/**
 * Runs a function so that lines written inside it, however deep, carry the fields (an async context).
 * The runtime enters it per attempt only while one is installed.
 */
export interface CorrelationScope {
  run<R>(fields: LogFields, body: () => R): R;
  /** The fields of the attempt around the caller. */
  readonly current?: LogFields | undefined;
}
