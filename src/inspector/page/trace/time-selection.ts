import type { RefObject } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Span, TimeScale } from './time-scale.js';

/** A pointer that moves less has clicked. */
const DRAG_PX = 5;

/** Handlers that let a pointer choose a stretch of time. */
export interface TimeSelection {
  /** Parts of the width, while the pointer is down. */
  readonly selected: readonly [number, number] | undefined;
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerUp: (event: PointerEvent) => void;
  readonly onPointerCancel: () => void;
  readonly onClickCapture: (event: MouseEvent) => void;
}

/** Drag over the plot to zoom. A finger scrolls instead. */
export function useTimeSelection(
  frame: RefObject<HTMLDivElement | null>,
  scale: TimeScale,
  onZoom: (view: Span) => void,
): TimeSelection {
  const [selected, select] = useState<readonly [number, number] | undefined>(undefined);
  const start = useRef<{ x: number; part: number } | undefined>(undefined);
  const hasDragged = useRef(false);

  function partOf(clientX: number): number | undefined {
    const plot = frame.current?.querySelector('.wf-plot')?.getBoundingClientRect();
    if (plot === undefined || plot.width === 0) return undefined;
    return Math.min(1, Math.max(0, (clientX - plot.left) / plot.width));
  }

  function isOnPlot(clientX: number): boolean {
    const plot = frame.current?.querySelector('.wf-plot')?.getBoundingClientRect();
    return plot !== undefined && clientX >= plot.left && clientX <= plot.right;
  }

  function end(): void {
    start.current = undefined;
    select(undefined);
  }

  return {
    selected,
    onPointerDown: (event) => {
      hasDragged.current = false;
      if (event.button !== 0 || event.pointerType === 'touch' || !isOnPlot(event.clientX)) return;
      start.current = { x: event.clientX, part: partOf(event.clientX)! };
    },
    onPointerMove: (event) => {
      if (start.current === undefined) return;
      if (!hasDragged.current && Math.abs(event.clientX - start.current.x) < DRAG_PX) return;
      if (!hasDragged.current) (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      hasDragged.current = true;
      const part = partOf(event.clientX) ?? start.current.part;
      select([Math.min(start.current.part, part), Math.max(start.current.part, part)]);
    },
    onPointerUp: (event) => {
      const from = start.current?.part;
      const to = partOf(event.clientX);
      if (hasDragged.current && from !== undefined && to !== undefined && from !== to) {
        onZoom({ fromMs: scale.momentAt(Math.min(from, to)), toMs: scale.momentAt(Math.max(from, to)) });
      }
      end();
    },
    onPointerCancel: end,
    // The click at the end of a drag chooses no row.
    onClickCapture: (event) => {
      if (hasDragged.current) event.stopPropagation();
      hasDragged.current = false;
    },
  };
}
