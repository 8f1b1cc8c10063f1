/** Whether a value is an error of this realm or of another (`node:vm`, a worker's, a frame's), whose classes are others. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || process.getBuiltinModule('node:util').types.isNativeError(value);
}
