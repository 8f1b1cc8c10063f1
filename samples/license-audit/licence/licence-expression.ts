import parse from 'spdx-expression-parse';

/** An SPDX expression as a tree of AND, OR and single terms. */
export type LicenceExpression = parse.Info;

/** One licence of an expression, with its exception if it has one. */
export type LicenceTerm = parse.LicenseInfo;

/** Reads an SPDX expression; undefined when it is none. */
export function parseLicence(text: string): LicenceExpression | undefined {
  try {
    return parse(text.trim());
  } catch {
    return undefined;
  }
}

/** The expression in its usual spelling: operators in capitals, brackets only where they matter. */
export function formatLicence(expression: LicenceExpression): string {
  if (!('conjunction' in expression)) return formatTerm(expression);
  const { conjunction } = expression;
  const sides = [expression.left, expression.right].map((side) => {
    const mixed = 'conjunction' in side && side.conjunction !== conjunction;
    return mixed ? `(${formatLicence(side)})` : formatLicence(side);
  });
  return sides.join(conjunction === 'or' ? ' OR ' : ' AND ');
}

/** `GPL-2.0+ WITH Classpath-exception-2.0`. */
export function formatTerm(term: LicenceTerm): string {
  const id = term.plus === true ? `${term.license}+` : term.license;
  return term.exception === undefined ? id : `${id} WITH ${term.exception}`;
}
