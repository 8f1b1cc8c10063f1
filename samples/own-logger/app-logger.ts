import winston, { type Logger } from 'winston';

const { combine, errors, json, printf, timestamp } = winston.format;

/** A line for the terminal: what happened where, and to whom. */
const short = printf(({ level, message, service, node_name, trace_id, tenant }) =>
  [level.padEnd(7), service, node_name, message, tenant, trace_id].join(' '),
);

/** The logger that the application had before it had flows: levels of syslog, default fields, two transports. */
export function appLogger(file: string): Logger {
  return winston.createLogger({
    levels: winston.config.syslog.levels,
    level: 'info',
    defaultMeta: { service: 'orders', version: '1.4.2' },
    format: combine(errors({ stack: true }), timestamp()),
    transports: [
      new winston.transports.Console({ format: short }),
      new winston.transports.File({ filename: file, level: 'warning', format: json() }),
    ],
  });
}
