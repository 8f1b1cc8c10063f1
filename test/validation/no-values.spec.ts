import { Type } from 'class-transformer';
import {
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { expect } from 'chai';
import fc from 'fast-check';
import { compileShape } from '#src/validation/compile-shape.js';
import { PayloadCheck } from '#src/validation/payload-check.js';
import { arrayOf, FlowError } from '#src/index.js';

class Line {
  @IsString() @MaxLength(8, { message: 'too long: $value' }) sku!: string;
  @IsInt() @Min(1) @Max(99) count!: number;
}

class Basket {
  @IsString() @Matches(/^[a-z]*$/, { message: ({ value }) => `odd: ${String(value)}` }) owner!: string;
  @IsIn(['card', 'cash']) pay!: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => Line) lines!: Line[];
  @IsOptional() @ValidateNested() @Type(() => Line) gift?: Line;
}

const WHITELISTING = { whitelist: false, forbidNonWhitelisted: false, groups: undefined };
const PARTY = { name: 'Buy', id: 'buy-1', ingress: false };

function check(payload: unknown): unknown {
  return new PayloadCheck(compileShape(arrayOf(Basket), '@Node "Buy"', WHITELISTING), PARTY, 'input').check(
    payload,
    't',
  );
}

const goodLine = fc.record({ sku: fc.string({ maxLength: 8 }), count: fc.integer({ min: 1, max: 99 }) });
const goodBasket = fc.record(
  {
    owner: fc.stringMatching(/^[a-z]*$/),
    pay: fc.constantFrom('card', 'cash'),
    lines: fc.array(goodLine, { maxLength: 3 }),
    gift: goodLine,
  },
  { requiredKeys: ['owner', 'pay', 'lines'] },
);

describe('validation of any payload', () => {
  it('R15 a valid payload keeps its data, becomes instances, and is its own result from then on', () => {
    fc.assert(
      fc.property(fc.array(goodBasket), (baskets) => {
        const before = JSON.stringify(baskets);
        const checked = check(baskets) as Basket[];
        expect(checked.every((basket) => basket instanceof Basket)).to.equal(true);
        expect(checked.every((basket) => basket.lines.every((entry) => entry instanceof Line))).to.equal(true);
        expect(JSON.parse(JSON.stringify(checked))).to.deep.equal(JSON.parse(before));
        expect(JSON.stringify(baskets)).to.equal(before);
        const again = check(checked) as Basket[];
        expect(again.every((basket, index) => basket === checked[index])).to.equal(true);
      }),
    );
  });

  it('R15 whatever is given, an error shows none of it', () => {
    // Each leaf has a marker that no rule or class knows.
    const secret = fc.oneof(
      fc.string().map((text) => `S3CR3T${text}`),
      fc.integer({ min: 0, max: 99_999 }).map((n) => 7_340_000_000 + n),
      fc.constant(null),
    );
    const anything = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        secret,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.record(
          {
            owner: tie('value'),
            pay: tie('value'),
            lines: tie('value'),
            gift: tie('value'),
            sku: tie('value'),
            count: tie('value'),
          },
          { requiredKeys: [] },
        ),
      ),
    })).value;
    fc.assert(
      fc.property(fc.oneof(anything, fc.array(anything)), (payload) => {
        try {
          check(payload);
        } catch (error) {
          if (!FlowError.is(error, 'VALIDATION_FAILED')) throw error;
          const shown = `${error.message} ${JSON.stringify(error)} ${String(error.cause)}`;
          expect(shown).not.to.match(/S3CR3T|734000|73400/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
