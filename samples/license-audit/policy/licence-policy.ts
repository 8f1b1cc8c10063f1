import { Type } from 'class-transformer';
import { IsArray, IsOptional, ValidateBy, ValidateNested, type ValidationOptions } from 'class-validator';

import { explainLicenceEntry, isLicenceEntry } from './licence-entry.js';
import { PackageException } from './package-exception.js';

/** Which licences a project accepts. A list holds SPDX licences and families; a licence in no list is to be reviewed. */
export class LicencePolicy {
  @LicenceEntries()
  readonly allow: readonly string[] = [];

  @LicenceEntries()
  readonly review: readonly string[] = [];

  @LicenceEntries()
  readonly deny: readonly string[] = [];

  /** Decisions about single packages. */
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => PackageException)
  readonly packages: readonly PackageException[] = [];
}

function LicenceEntries(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'licenceEntries',
      validator: {
        validate: (value: unknown) => Array.isArray(value) && value.every(isLicenceEntry),
        defaultMessage: (context) => {
          const value: unknown = context?.value;
          if (!Array.isArray(value)) return '$property must be a list of licences';
          return `$property: ${value
            .filter((entry) => !isLicenceEntry(entry))
            .map(explainLicenceEntry)
            .join('; ')}`;
        },
      },
    },
    options,
  );
}
