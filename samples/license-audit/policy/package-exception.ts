import { IsIn, IsString, Matches, MinLength } from 'class-validator';

/** A decision that somebody took about one package; it wins over the lists. */
export class PackageException {
  /** `name`, or `name@version` to decide again when the version changes. */
  @IsString()
  @Matches(/^(@[^/@\s]+\/)?[^/@\s]+(@[^@\s]+)?$/, { message: 'package must be a name or name@version, got "$value"' })
  readonly package!: string;

  @IsIn(['allow', 'review', 'deny'])
  readonly verdict!: 'allow' | 'review' | 'deny';

  /** Why; it goes into the report. */
  @IsString()
  @MinLength(3)
  readonly reason!: string;
}
