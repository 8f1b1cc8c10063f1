import type { LicencePolicy } from './licence-policy.js';
import type { PackageException } from './package-exception.js';

/** The decision about a package, if somebody took one; one about its version comes before one about its name. */
export function exceptionFor(
  name: string,
  version: string | null,
  policy: LicencePolicy,
): PackageException | undefined {
  const decided = (subject: string): PackageException | undefined =>
    policy.packages.find((exception) => exception.package === subject);
  return decided(`${name}@${version}`) ?? decided(name);
}
