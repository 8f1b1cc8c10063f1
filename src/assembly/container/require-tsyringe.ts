import { FlowError } from '../../errors/flow-error.js';
import packages from '../../packages/packages.cjs';

/**
 * tsyringe, an optional peer: NestJS and resolvers of the user's own take its place.
 *
 * @throws FlowError `PACKAGE_MISSING` where it is not installed
 */
export function requireTsyringe(): typeof import('tsyringe') {
  const { tsyringe } = packages;
  if (tsyringe !== undefined) return tsyringe;
  throw new FlowError('PACKAGE_MISSING', {
    message: 'createFlow gets nodes and services from tsyringe, and that cannot be loaded',
    hint: 'Run `npm install tsyringe` (it works with tsyringe 4.10), or pass a `resolver` of your own. In NestJS, get the flow with `@InjectFlow`.',
    metadata: { package: 'tsyringe' },
  });
}
