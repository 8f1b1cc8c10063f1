/** What of the platform crosses by itself, beside what JSON knows. */

/** Makes what crosses of a value inside another, or a value of what came. */
type Inner = (value: unknown, step: number) => unknown;

/** One class of the platform, and the key under which its values stand. */
interface BuiltIn {
  readonly tag: string;
  readonly encode: (value: never, inner: Inner) => unknown;
  /** Throws, or gives undefined, where the data is not right. */
  readonly decode: (data: never, inner: Inner) => unknown;
}

/** A class that looks at bytes. */
interface View {
  new (buffer: ArrayBuffer): ArrayBufferView;
  readonly prototype: ArrayBufferView;
  readonly name: string;
  readonly BYTES_PER_ELEMENT?: number;
}

const VIEWS: readonly View[] = [
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
  ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView],
];

/** By prototype: a class that extends one of them is another class. */
export const BUILT_INS: ReadonlyMap<object, BuiltIn> = new Map<object, BuiltIn>([
  [
    Date.prototype,
    {
      tag: '$Date',
      encode: (date: Date) => (Number.isNaN(date.getTime()) ? null : date.toISOString()),
      decode: (text: string | null) => dateFrom(text),
    },
  ],
  [
    Map.prototype,
    {
      tag: '$Map',
      encode: (map: Map<unknown, unknown>, inner) =>
        Array.from(map, ([key, value], index) => [inner(key, index), inner(value, index)]),
      decode: (pairs: [unknown, unknown][], inner) =>
        new Map(pairs.map(([key, value], index) => [inner(key, index), inner(value, index)])),
    },
  ],
  [
    Set.prototype,
    {
      tag: '$Set',
      encode: (set: Set<unknown>, inner) => Array.from(set, inner),
      decode: (values: unknown[], inner) => new Set(values.map(inner)),
    },
  ],
  [
    RegExp.prototype,
    {
      tag: '$RegExp',
      encode: ({ source, flags }: RegExp) => [source, flags],
      decode: ([source, flags]: [string, string]) =>
        typeof source === 'string' && typeof flags === 'string' ? new RegExp(source, flags) : undefined,
    },
  ],
  [
    URL.prototype,
    {
      tag: '$URL',
      encode: (url: URL) => url.href,
      decode: (href: string) => (typeof href === 'string' ? new URL(href) : undefined),
    },
  ],
  [
    Buffer.prototype,
    {
      tag: '$Buffer',
      encode: (buffer: Buffer) => buffer.toString('base64'),
      decode: fromBase64((bytes) => bytes),
    },
  ],
  [
    ArrayBuffer.prototype,
    {
      tag: '$ArrayBuffer',
      encode: (buffer: ArrayBuffer) => Buffer.from(buffer).toString('base64'),
      decode: fromBase64((bytes) => new Uint8Array(bytes).buffer),
    },
  ],
  ...VIEWS.map((view): [object, BuiltIn] => [
    view.prototype,
    {
      tag: `$${view.name}`,
      encode: ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
        Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64'),
      // Into a buffer of its own, where elements of several bytes are aligned.
      decode: fromBase64((bytes) => new view(new Uint8Array(bytes).buffer)),
    },
  ]),
]);

/** The same by tag. */
export const BUILT_IN_TAGS: ReadonlyMap<string, BuiltIn> = new Map(
  Array.from(BUILT_INS.values(), (each) => [each.tag, each]),
);

function dateFrom(text: string | null): Date | undefined {
  if (text === null) return new Date(Number.NaN);
  const date = new Date(typeof text === 'string' ? text : Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Anything but a text is refused: of an object that says it is long a buffer would be made as long. */
function fromBase64(make: (bytes: Buffer) => unknown): (data: unknown) => unknown {
  return (data) => (typeof data === 'string' ? make(Buffer.from(data, 'base64')) : undefined);
}
