import type { ServerResponse } from 'node:http';

/** Nothing runs, loads or frames the page but what lies beside it. */
const POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};
/** What middlewares before this one may have set, and would open the answers to other origins. */
const NEVER = ['access-control-allow-origin', 'access-control-allow-credentials', 'access-control-expose-headers'];

/** Sets what each answer has, in the place of what others have set before. */
export function setSafeHeaders(response: ServerResponse): void {
  for (const name of NEVER) response.removeHeader(name);
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
}
