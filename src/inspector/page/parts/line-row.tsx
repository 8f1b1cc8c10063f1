import type { JSX } from 'preact';
import type { LineView } from '../../api-live.js';
import { fullMoment, preciseClock } from './format.js';
import { fieldsSaid } from './line-fields.js';

const LEVELS: Readonly<Record<string, { readonly glyph: string; readonly tone: string }>> = {
  error: { glyph: '✕', tone: 'bad' },
  warn: { glyph: '▲', tone: 'warn' },
  info: { glyph: '·', tone: 'quiet' },
  debug: { glyph: '·', tone: 'quiet' },
};

/** A log line in one row. */
export function LineRow({
  line,
  hasNode = true,
}: {
  readonly line: LineView;
  readonly hasNode?: boolean;
}): JSX.Element {
  const { glyph, tone } = LEVELS[line.level] ?? { glyph: '·', tone: 'quiet' };
  return (
    <>
      <span class="number muted line-time" title={fullMoment(line.atMs)}>
        {preciseClock(line.atMs)}
      </span>
      <span class={`line-level ${tone}`}>
        <span aria-hidden="true">{glyph}</span> {line.level}
      </span>
      {hasNode && (
        <span class="line-node" title={[line.flow, line.node].filter((part) => part !== null).join(' / ')}>
          {line.node ?? line.logger}
        </span>
      )}
      <span class="line-text mono" title={line.fields === null ? line.message : `${line.message}\n${line.fields}`}>
        {line.message}
        {line.fields !== null && <span class="muted"> {fieldsSaid(line)}</span>}
      </span>
    </>
  );
}
