import { FlowError } from '../errors/flow-error.js';

/** What validation by class needs. Optional peers: a program that validates nothing, or by schemas, does without. */
const CLASS_PACKAGES = ['class-validator', 'class-transformer'] as const;

/** `peerDependencies` in words. */
const CLASS_VERSIONS = 'class-validator 0.14 or 0.15 and class-transformer 0.5';

let present = false;

/**
 * Looks whether the packages for validation by class are installed, without loading them.
 *
 * @param owner - what needs them, for the message: `@Node "Price"`
 * @throws FlowError `PACKAGE_MISSING`
 */
export function checkClassPackages(owner: string): void {
  if (present) return;
  for (const name of CLASS_PACKAGES) {
    try {
      process
        .getBuiltinModule('node:module')
        .createRequire(import.meta.url)
        .resolve(name);
    } catch (error) {
      throw packageMissing(name, owner, error);
    }
  }
  present = true;
}

/** The error of a class to validate by where one of the packages cannot be loaded. */
export function packageMissing(name: string, owner: string, cause: unknown): FlowError {
  return new FlowError('PACKAGE_MISSING', {
    message: `${owner} validates by class, which needs ${name}, and that cannot be loaded`,
    hint: `Run \`npm install ${CLASS_PACKAGES.join(' ')}\` (it works with ${CLASS_VERSIONS}), or validate with a Standard Schema instead.`,
    cause,
    metadata: { package: name },
  });
}
