interface Sized {
  readonly size: number;
}

/** Items in all of these floes together. */
export function depthOf(floes: readonly Sized[]): number {
  // Nearly every node has one floe on each side, and each event asks for both depths.
  return floes.length === 1 ? (floes[0] as Sized).size : total(floes);
}

function total(floes: readonly Sized[]): number {
  let depth = 0;
  for (const floe of floes) depth += floe.size;
  return depth;
}
