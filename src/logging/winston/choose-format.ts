import { humanLine } from '../lines/human/line-human.js';
import { flatLine } from '../lines/line-flat.js';
import { otelLine } from '../lines/line-otel.js';
import { penguiflowLine } from '../lines/line-penguiflow.js';
import type { LineFormat } from '../lines/log-record.js';
import { showsColours } from '../sinks/destinations.js';
import type { LoggingConfig } from '../sinks/logging-config.js';

/** How lines are written, by what was configured. */
export function chooseFormat(config: LoggingConfig, env: NodeJS.ProcessEnv): LineFormat {
  if (!config.structured) {
    const { columns, ids, includeExtras } = config;
    return humanLine({ columns, fullIds: ids === 'full', includeExtras, colours: showsColours(config, env) });
  }
  if (config.format === 'penguiflow') return penguiflowLine;
  return config.format === 'otel' ? otelLine : flatLine;
}
