import type { ComponentChildren, JSX, RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Rows beyond the edges, so that scrolling does not show the seam. */
const SPARE = 12;

/**
 * A list of rows of the same height, of which only those that can be seen are in the document.
 * Scrolls by itself; the height of a row and of the list come from the stylesheet (`--row`) and the caller.
 */
export function Windowed(props: {
  readonly label: string;
  readonly count: number;
  /** In pixels, as in the stylesheet. */
  readonly rowHeight: number;
  readonly row: (index: number) => JSX.Element;
  readonly class?: string;
  /** Filled with the element that scrolls. */
  readonly scroller?: RefObject<HTMLDivElement | null>;
  readonly onEnd?: () => void;
  /** What stays above the rows. */
  readonly head?: ComponentChildren;
  /** What is as high as all rows together, and behind them. */
  readonly behind?: ComponentChildren;
  readonly onScroll?: (element: HTMLDivElement) => void;
}): JSX.Element {
  const own = useRef<HTMLDivElement>(null);
  const scroller = props.scroller ?? own;
  const [[first, last], show] = useState<readonly [number, number]>([0, 60]);
  const { count, rowHeight, onEnd } = props;

  function look(): void {
    const element = scroller.current;
    if (element === null) return;
    const from = Math.max(0, Math.floor(element.scrollTop / rowHeight) - SPARE);
    const to = Math.min(count, Math.ceil((element.scrollTop + element.clientHeight) / rowHeight) + SPARE);
    if (from !== first || to !== last) show([from, to]);
    if (to >= count && count > 0) onEnd?.();
  }

  useLayoutEffect(look, [count, rowHeight]);
  useLayoutEffect(() => {
    const watch = new ResizeObserver(() => look());
    if (scroller.current !== null) watch.observe(scroller.current);
    return () => watch.disconnect();
  });

  const rows: JSX.Element[] = [];
  for (let index = Math.min(first, count); index < Math.min(last, count); index++) {
    rows.push(
      <div
        key={index}
        role="listitem"
        class="windowed-row"
        style={{ top: `${index * rowHeight}px`, height: `${rowHeight}px` }}
        aria-setsize={count}
        aria-posinset={index + 1}
      >
        {props.row(index)}
      </div>,
    );
  }
  return (
    <div
      class={`windowed ${props.class ?? ''}`}
      ref={scroller}
      tabIndex={0}
      role="group"
      aria-label={props.label}
      onScroll={() => {
        look();
        if (scroller.current !== null) props.onScroll?.(scroller.current);
      }}
    >
      {props.head}
      <div class="windowed-rows" style={{ height: `${count * rowHeight}px` }}>
        {props.behind}
        {count > 0 && (
          <div role="list" aria-label={props.label}>
            {rows}
          </div>
        )}
      </div>
    </div>
  );
}

/** Scrolls so that a row can be seen. */
export function revealRow(element: HTMLDivElement | null, index: number, rowHeight: number): void {
  if (element === null) return;
  const top = index * rowHeight;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + rowHeight > element.scrollTop + element.clientHeight) {
    element.scrollTop = top + rowHeight - element.clientHeight;
  }
}
