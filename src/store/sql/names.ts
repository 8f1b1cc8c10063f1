/**
 * Names that come again and again are kept once and have a number. Those of tenants have a kind of their own, since they are deleted when
 * a tenant is forgotten.
 */
export type NameKind = typeof NAME | typeof TENANT;

export const NAME = 0;
export const TENANT = 1;

/** The tenant of those who have none, with the first number: most runs are its, so it needs no index. */
export const DEFAULT_TENANT = { id: 1, text: 'default' } as const;

/** The number of a name. */
export type IdOf = (kind: NameKind, text: string) => number;
/** The number of a name where it has one. */
export type FindId = (kind: NameKind, text: string) => number | undefined;
/** The name of a number. */
export type TextOf = (id: number) => string;
