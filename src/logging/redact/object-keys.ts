import { describeThrown } from '../../errors/flow-error.js';
import { typeName } from './value-kinds.js';

/** The own keys, or one that says why there are none. */
export function keysOf(source: object): string[] {
  try {
    return Object.keys(source);
  } catch (error) {
    return [`unreadable: ${describeThrown(error)}`];
  }
}

/** The value of a key, or what a getter threw. */
export function readKey(source: object, key: string): unknown {
  try {
    return (source as Record<string, unknown>)[key];
  } catch (error) {
    return `[threw ${typeName(error)}]`;
  }
}

/** A key that an object does not have yet; a number behind one that redaction made the same as another. */
export function freeKey(target: object, shown: string): string {
  let key = shown;
  for (let number = 2; Object.hasOwn(target, key); number++) key = `${shown} (${number})`;
  return key;
}

/** Whether a source before has the key, too. */
export function isShadowed(key: string, sources: readonly object[], index: number): boolean {
  for (let earlier = 0; earlier < index; earlier++) if (Object.hasOwn(sources[earlier]!, key)) return true;
  return false;
}
