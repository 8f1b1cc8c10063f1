/** Whether two types are the same to the compiler, not merely assignable. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Whether a union has a member that is the same as `T`: adding that changes nothing. One comparison, however large it is. */
export type IsMember<U, T> = Same<U, U | T>;
