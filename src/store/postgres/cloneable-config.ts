import { types } from 'node:util';

/**
 * What of a configuration does not come through to a thread as it is: functions, and objects of classes, which would arrive without their
 * methods.
 * @returns its name, as `config.ssl.checkServerIdentity`
 */
export function whatStaysBehind(config: object): string | undefined {
  return staysBehind('config', Object.entries(config), new Set([config]));
}

function staysBehind(
  path: string,
  fields: readonly (readonly [string, unknown])[],
  above: ReadonlySet<object>,
): string | undefined {
  for (const [name, value] of fields) {
    const here = `${path}.${name}`;
    if (typeof value === 'function' || typeof value === 'symbol') return here;
    if (typeof value !== 'object' || value === null || isData(value)) continue;
    if (!isPlain(value) || above.has(value)) return here;
    const inside = staysBehind(here, Object.entries(value), new Set([...above, value]));
    if (inside !== undefined) return inside;
  }
  return undefined;
}

/** Bytes of certificates and keys. */
function isData(value: object): boolean {
  return ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value) || types.isKeyObject(value);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
