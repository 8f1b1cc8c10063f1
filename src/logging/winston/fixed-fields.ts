import type { LogFields } from '../../ports/flow-log.js';
import { FieldList, fieldName } from '../lines/field-list.js';
import type { Sanitizer } from '../redact/sanitizer.js';

/** The fields that stand on every line, redacted once, when logging is configured. */
export function fixedFields(given: LogFields | undefined, sanitizer: Sanitizer): FieldList | undefined {
  if (given === undefined) return undefined;
  const [clean, fixed] = [new FieldList(), new FieldList()];
  sanitizer.fields(clean, [given]);
  for (const [at, { name, isReserved }] of clean.names.entries())
    fixed.add(fieldName(name, isReserved, true), clean.values[at]);
  return fixed;
}
