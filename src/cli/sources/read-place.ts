import { invalidValue } from '../option-values.js';
import type { InspectorPlace, SourceOptions, StorePlace } from './source-options.js';

const TOKEN = /^#token=([^&]+)$/;

export function isPostgres(store: string): boolean {
  return /^postgres(?:ql)?:/.test(store);
}

/** @param named - of the option or variable, for the message */
export function inspectorPlace({ url = '', token }: SourceOptions, named: string): InspectorPlace {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.password !== '') {
    throw invalidValue(named, 'the URL of an inspector, as http://127.0.0.1:4317/', withoutToken(url));
  }
  // As the inspector itself gives it.
  const [, inUrl] = TOKEN.exec(parsed.hash) ?? [];
  const path = parsed.pathname.endsWith('/') ? parsed.pathname : `${parsed.pathname}/`;
  return { kind: 'inspector', url: `${parsed.origin}${path}`, token: token ?? inUrl };
}

export function storePlace({ store = '', schema }: SourceOptions): StorePlace {
  return isPostgres(store)
    ? { kind: 'store', file: undefined, postgres: { url: store, schema } }
    : { kind: 'store', file: store, postgres: undefined };
}

function withoutToken(url: string): string {
  return url.replace(/#.*$/s, '').replace(/\/\/[^/]*@/, '//…@');
}
