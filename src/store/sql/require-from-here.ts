import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What finds packages; bundlers leave alone what may not be there. */
export type Require = (name: string) => unknown;

/** Bundled as CommonJS a module does not know where it is; then packages are those of the program. */
export function requireFromHere(): Require {
  const { url } = import.meta as { readonly url: string | undefined };
  return createRequire(url ?? join(process.cwd(), 'package.json'));
}
