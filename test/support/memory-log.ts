import type { FlowLog, LogFields, LogLevel } from '#src/index.js';

/** A line as the runtime wrote it. */
export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
  readonly reserved: LogFields;
}

/** A log that keeps its lines. */
export class MemoryLog implements FlowLog {
  readonly lines: LogLine[] = [];
  readonly silent: boolean = false;
  flushed = 0;

  isLevelEnabled(): boolean {
    return true;
  }

  write(level: LogLevel, message: string, fields: LogFields | undefined, reserved: LogFields): void {
    this.lines.push({ level, message, fields: fields ?? {}, reserved });
  }

  flush(): Promise<void> {
    this.flushed++;
    return Promise.resolve();
  }
}
