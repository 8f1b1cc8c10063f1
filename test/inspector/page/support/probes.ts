/**
 * Programs that the browser runs in the page. They are text, because the compiler of the tests knows no browser.
 */

/** Pieces of text that stick out of their node, as text. What ends in an ellipsis is inside. */
export const TEXT_OUTSIDE = `[...document.querySelectorAll('a.node')].flatMap((node) => {
  const box = node.getBoundingClientRect();
  return [...node.querySelectorAll('b, small, .number, .mark-chip')]
    .filter((part) => part.getClientRects().length > 0)
    .filter((part) => {
      const { left, right, bottom } = part.getBoundingClientRect();
      const range = document.createRange();
      range.selectNodeContents(part);
      const text = range.getBoundingClientRect();
      const isEllipsis = getComputedStyle(part).textOverflow === 'ellipsis';
      const isOut = left < box.left - 0.5 || right > box.right + 0.5 || bottom > box.bottom + 0.5;
      return isOut || (!isEllipsis && text.right > box.right + 0.5);
    })
    .map((part) => node.title + ': ' + part.textContent);
})`;

/** Numbers of a node that run into their neighbour. */
export const FIGURES_TOUCHING = `[...document.querySelectorAll('.node-figures')].flatMap((row) => {
  const texts = [...row.querySelectorAll('.number, small')].filter((part) => part.getClientRects().length > 0).map((part) => {
    const range = document.createRange();
    range.selectNodeContents(part);
    return [part.textContent, range.getBoundingClientRect()];
  });
  return texts.flatMap(([name, box], index) => texts.slice(index + 1)
    .filter(([, other]) => box.left < other.right - 0.5 && other.left < box.right - 0.5 && box.top < other.bottom - 2 && other.top < box.bottom - 2)
    .map(([other]) => name + ' and ' + other));
})`;

/** Nodes that lie on each other. */
export const OVERLAPPING_NODES = `(() => {
  const boxes = [...document.querySelectorAll('a.node')].map((node) => [node.title, node.getBoundingClientRect()]);
  return boxes.flatMap(([name, box], index) => boxes.slice(index + 1)
    .filter(([, other]) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom)
    .map(([other]) => name + ' and ' + other));
})()`;

/** Labels above the waterfall that run into each other. */
export const TOUCHING_TICKS = `(() => {
  const boxes = [...document.querySelectorAll('.wf-tick, .wf-fold-name')].map((tick) => [tick.textContent, tick.getBoundingClientRect()]);
  return boxes.flatMap(([name, box], index) => boxes.slice(index + 1)
    .filter(([, other]) => box.left < other.right && other.left < box.right)
    .map(([other]) => name + ' and ' + other));
})()`;

/** By how much the page is wider than the window. */
export const OVERFLOW = `document.documentElement.scrollWidth - document.documentElement.clientWidth`;

/** What of the page's looks moves. */
export const MOVING = `document.getAnimations().length`;

/** What tests want of an element. */
export interface Scroller {
  scrollTop: number;
  readonly scrollHeight: number;
}

export function scrollToEnd(element: Scroller): void {
  element.scrollTop = element.scrollHeight;
}
