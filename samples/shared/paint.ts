import { styleText } from 'node:util';

const STYLES = ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const;

/** Colours for one stream, which are none where the stream shows none. */
export type Paint = Readonly<Record<(typeof STYLES)[number], (text: string) => string>>;

/** A terminal gets colours unless `NO_COLOR` is set; a file or a pipe never does. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  // `hasColors` is missing on a stream that is no terminal, whatever its type says.
  const colours = stream.isTTY && stream.hasColors();
  // What `styleText` itself would look at is stdout, whichever stream this is for.
  const entries = STYLES.map(
    (style) => [style, (text: string) => (colours ? styleText(style, text, { validateStream: false }) : text)] as const,
  );
  return Object.fromEntries(entries) as Paint;
}
