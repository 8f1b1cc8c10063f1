/** Something that holds items. */
export interface Sized {
  readonly size: number;
}

/** Items in all of these floes together. */
export function depthOf(floes: readonly Sized[]): number {
  let depth = 0;
  for (const floe of floes) depth += floe.size;
  return depth;
}

/** These floes as one. Nearly every node has one floe on each side, and each event asks for both depths. */
export function together(floes: readonly Sized[]): Sized {
  if (floes.length === 1) return floes[0] as Sized;
  return floes.length === 0 ? NONE : new FloeGroup(floes);
}

/** What the last node of a flow has behind it. */
const NONE: Sized = Object.freeze({ size: 0 });

class FloeGroup implements Sized {
  readonly #floes: readonly Sized[];

  constructor(floes: readonly Sized[]) {
    this.#floes = floes;
  }

  get size(): number {
    return depthOf(this.#floes);
  }
}
