import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import type { Series } from '../client/live.js';
import { clock, perSecond } from '../parts/format.js';

const HEIGHT = 290;

/** Traces and failures per second. The library comes after the graph: nobody waits for it. */
export function RateChart({ series }: { readonly series: Series | undefined }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const latest = useRef(series);
  latest.current = series;
  const isEmpty = series === undefined || series[0].length < 2;

  useEffect(() => {
    let isGone = false;
    let stopWatching = (): void => {};
    void import('uplot').then(({ default: Plot }) => {
      const element = place.current;
      if (isGone || element === null) return;
      const build = (): void => {
        chart.current?.destroy();
        chart.current = new Plot(optionsFor(element), dataOf(latest.current), element);
      };
      build();
      const size = new ResizeObserver(() => chart.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
      size.observe(element);
      // The canvas has the colours it was painted with.
      const dark = matchMedia('(prefers-color-scheme: dark)');
      dark.addEventListener('change', build);
      stopWatching = () => {
        size.disconnect();
        dark.removeEventListener('change', build);
      };
    });
    return () => {
      isGone = true;
      stopWatching();
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, []);

  useEffect(() => chart.current?.setData(dataOf(series)), [series]);
  return (
    <>
      <div class="chart" ref={place} aria-hidden="true" />
      <p class={isEmpty ? 'muted padded' : 'visually-hidden'}>
        {isEmpty ? 'The first seconds are being measured.' : said(series)}
      </p>
    </>
  );
}

function dataOf(series: Series | undefined): uPlot.AlignedData {
  return series === undefined ? [[], [], []] : ([...series] as unknown as uPlot.AlignedData);
}

/** The chart in words. */
function said([seconds, rates, failures]: Series): string {
  const last = <T,>(list: readonly T[]): T | undefined => list.at(-1);
  const highest = Math.max(0, ...rates.map((rate) => rate ?? 0));
  return `At ${clock((last(seconds) ?? 0) * 1_000)}: ${perSecond(last(rates) ?? null)} traces, ${perSecond(last(failures) ?? null)} failures; at most ${perSecond(highest)} in the last ${seconds.length} seconds.`;
}

function optionsFor(element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const font = `11px ${style.fontFamily}`;
  const [text, line] = [colour(element, '--muted'), colour(element, '--line')];
  const [accent, bad, tint] = [colour(element, '--accent'), colour(element, '--bad'), colour(element, '--accent-tint')];
  return {
    width: Math.max(100, element.clientWidth),
    height: HEIGHT,
    padding: [8, 12, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_chart, _low, high) => [0, Math.max(1, (high ?? 0) * 1.15)] } },
    axes: [
      {
        stroke: text,
        font,
        grid: { show: false },
        ticks: { show: false },
        space: 84,
        size: 26,
        incrs: [1, 2, 5, 10, 15, 30, 60],
        values: (_chart, ticks) => ticks.map((tick) => clock(tick * 1_000)),
      },
      {
        stroke: text,
        font,
        grid: { stroke: line, width: 1 },
        ticks: { show: false },
        size: 46,
        space: 32,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6],
      },
    ],
    series: [
      {},
      { stroke: accent, width: 2, fill: tint, points: { show: false } },
      { stroke: bad, width: 2, dash: [5, 3], points: { show: false } },
    ],
  };
}

/** A colour of the stylesheet, as it is now. */
function colour(element: HTMLElement, name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
