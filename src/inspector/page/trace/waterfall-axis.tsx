import type { JSX } from 'preact';
import { duration } from '../parts/format.js';
import type { TimeScale } from './time-scale.js';

interface Props {
  readonly scale: TimeScale;
  readonly ticks: readonly number[];
}

/** Room between the middles of two labels, in pixels. */
const LABEL_ROOM = 84;

/** Times after the start of the run, above the rows. */
export function WaterfallAxis({ scale, ticks, width }: Props & { readonly width: number }): JSX.Element {
  const free = ticks.filter((tick) =>
    scale.folds.every(({ start, end }) => Math.abs(scale.at(tick) - (start + end) / 2) * width > LABEL_ROOM),
  );
  return (
    <div class="wf-grid-row wf-axis" aria-hidden="true">
      <span />
      <span class="wf-plot">
        {free.map((tick) => {
          const at = scale.at(tick);
          return (
            <span
              key={tick}
              class={`wf-tick ${at < 0.06 ? 'first' : at > 0.93 ? 'last' : ''}`}
              style={{ left: percent(at) }}
            >
              {tick === 0 ? '0' : duration(tick)}
            </span>
          );
        })}
        {scale.folds.map(({ start, end, fromMs, toMs }) => (
          <span
            key={fromMs}
            class={`wf-fold-name ${start < 0.06 ? 'first' : end > 0.94 ? 'last' : ''}`}
            style={{ left: percent((start + end) / 2) }}
          >
            ⋯ {duration(toMs - fromMs)}
          </span>
        ))}
      </span>
      <span />
    </div>
  );
}

/** Lines and folds behind the rows. */
export function WaterfallGrid(
  props: Props & {
    readonly cursorMs: number | undefined;
    readonly selected: readonly [number, number] | undefined;
  },
): JSX.Element {
  const { scale, ticks, cursorMs, selected } = props;
  return (
    <div class="wf-grid-row wf-grid" aria-hidden="true">
      <span />
      <span class="wf-plot-back">
        {ticks.map((tick) => (
          <i key={tick} class="wf-line" style={{ left: percent(scale.at(tick)) }} />
        ))}
        {scale.folds.map(({ start, end, fromMs }) => (
          <i key={fromMs} class="wf-fold" style={{ left: percent(start), width: percent(end - start) }} />
        ))}
        {cursorMs !== undefined && <i class="wf-cursor" style={{ left: percent(scale.at(cursorMs)) }} />}
        {selected !== undefined && (
          <i class="wf-selected" style={{ left: percent(selected[0]), width: percent(selected[1] - selected[0]) }} />
        )}
      </span>
      <span />
    </div>
  );
}

/** `12.5%` for 0.125. */
export function percent(part: number): string {
  return `${Math.round(part * 100_000) / 1_000}%`;
}
