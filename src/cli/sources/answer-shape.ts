type Kind = 'text' | 'text?' | 'number' | 'number?' | 'truth';

interface Fields {
  readonly [name: string]: Shape | undefined;
}

/** What a value has to be: of a kind (with `?` it may be null), a list of one shape, or an object with some fields, which may be null. */
type Shape = Kind | readonly [Shape] | { readonly orNull: Fields } | Fields;

/** The shape of a type, of which only fields that are read need be there. */
export type ShapeOf<T> = [T] extends [string]
  ? 'text'
  : [T] extends [string | null]
    ? 'text?'
    : [T] extends [number]
      ? 'number'
      : [T] extends [number | null]
        ? 'number?'
        : [T] extends [boolean]
          ? 'truth'
          : [T] extends [readonly (infer Item)[]]
            ? readonly [ShapeOf<Item>]
            : [T] extends [object]
              ? { readonly [Name in keyof T]?: ShapeOf<T[Name]> }
              : { readonly orNull: ShapeOf<NonNullable<T>> };

/**
 * Where a value is not of its shape, as `runs[3].startedMs`; undefined where it is. What more there is does no harm: a newer
 * program may say more.
 */
export function misshapenAt(value: unknown, shape: Shape, at = ''): string | undefined {
  if (typeof shape === 'string') return isOfKind(value, shape) ? undefined : at;
  if (isList(shape)) {
    if (!Array.isArray(value)) return at;
    return firstOf(value.entries(), ([index, each]) => misshapenAt(each, shape[0], `${at}[${index}]`));
  }
  if (isNullable(shape)) return value === null ? undefined : misshapenAt(value, shape.orNull, at);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return at;
  const fields = value as Readonly<Record<string, unknown>>;
  return firstOf(Object.entries(shape), ([name, each]) =>
    each === undefined ? undefined : misshapenAt(fields[name], each, at === '' ? name : `${at}.${name}`),
  );
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function isNullable(shape: Shape): shape is { readonly orNull: Fields } {
  return typeof shape === 'object' && 'orNull' in shape;
}

function firstOf<Item>(items: Iterable<Item>, find: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isOfKind(value: unknown, kind: Kind): boolean {
  if (value === null) return kind.endsWith('?');
  if (kind === 'truth') return typeof value === 'boolean';
  return kind.startsWith('text') ? typeof value === 'string' : Number.isFinite(value);
}
