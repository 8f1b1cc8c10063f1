import { Type } from 'class-transformer';
import { ArrayNotEmpty, IsArray, IsInt, IsString, Matches, Max, Min, ValidateNested } from 'class-validator';

/** How many of what. */
export class OrderLine {
  @Matches(/^[a-z-]+$/)
  readonly sku!: string;

  @IsInt()
  @Min(1)
  @Max(100)
  readonly quantity!: number;
}

/** What a client sends. */
export class Order {
  @IsString()
  @Matches(/^[\w-]{1,40}$/)
  readonly id!: string;

  @Matches(/^tok_\w+$/)
  readonly card!: string;

  @IsArray()
  @ArrayNotEmpty()
  @ValidateNested({ each: true })
  @Type(() => OrderLine)
  readonly lines!: OrderLine[];
}
