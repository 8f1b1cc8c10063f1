import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** Says why a request is not for this server, or undefined. A page of somebody else's whose name leads here would be such a one. */
export function foreignHost({ headers }: IncomingMessage, allowedHosts: readonly string[]): string | undefined {
  const authority = headers[':authority'];
  const given = headers.host ?? (typeof authority === 'string' ? authority : '');
  const name = nameOf(given);
  // What is reached by its address was not looked up, so nobody can have led the name here.
  if (name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0) return undefined;
  if (
    allowedHosts.some((host) => (host.startsWith('.') ? name.endsWith(host) || name === host.slice(1) : name === host))
  )
    return undefined;
  return `The inspector does not answer under the host ${JSON.stringify(given.slice(0, 100))}. If it is yours, name it in \`allowedHosts\` of the inspector.`;
}

/** Without the port, and an address of version 6 without its brackets. */
function nameOf(host: string): string {
  const [, inside] = /^\[([^\]]*)\](?::\d*)?$/.exec(host) ?? [];
  return (inside ?? host.replace(/:\d*$/, '')).toLowerCase();
}
