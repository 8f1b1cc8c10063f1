import type { FieldList } from './field-list.js';
import { jsonValue } from './json-string.js';

/** `"key":value` pairs with a comma before each; the empty string for no fields. */
export function jsonFields({ names, values }: FieldList): string {
  let text = '';
  for (let index = 0; index < names.length; index++) text += names[index]!.fragment + jsonValue(values[index]);
  return text;
}
