/** Rises when what the copies of the package share changes its shape; copies of different numbers keep to themselves. */
const PROTOCOL = 1;

/**
 * Something of which a process has one, however many copies of the package it has loaded: the set-up of logging, and what
 * belongs to it.
 */
export function processWide<T>(name: string, make: () => T): T {
  const key = Symbol.for(`penguiflow:${name}:${PROTOCOL}`);
  const holder = globalThis as unknown as Record<symbol, T>;
  holder[key] ??= make();
  return holder[key];
}
