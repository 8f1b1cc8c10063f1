import fc from 'fast-check';

/** Every code point but the halves of pairs. */
const codePoint = fc.nat(0x10f7ff).map((n) => String.fromCodePoint(n < 0xd800 ? n : n + 0x800));

/**
 * Any text: what looks ordinary or dangerous, and any characters there are. fast-check's own unit `binary` makes the same,
 * but builds a table of the million characters first.
 */
export const anyText: fc.Arbitrary<string> = fc.oneof(fc.string(), fc.string({ unit: codePoint }));
