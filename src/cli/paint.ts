/** Colours and weights, from the sixteen that every terminal has and its user has chosen. */
export interface Paint {
  readonly red: Brush;
  readonly green: Brush;
  readonly yellow: Brush;
  readonly blue: Brush;
  readonly cyan: Brush;
  readonly dim: Brush;
  readonly bold: Brush;
}

type Brush = (text: string) => string;

const CODES: Readonly<Record<keyof Paint, readonly [on: number, off: number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
  dim: [2, 22],
  bold: [1, 22],
};

/** Brushes that paint, or leave texts as they are. */
export function paintFor(colours: boolean): Paint {
  const brush = (name: keyof Paint): Brush => {
    const [on, off] = CODES[name];
    return colours ? (text) => (text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`) : (text) => text;
  };
  return {
    red: brush('red'),
    green: brush('green'),
    yellow: brush('yellow'),
    blue: brush('blue'),
    cyan: brush('cyan'),
    dim: brush('dim'),
    bold: brush('bold'),
  };
}
