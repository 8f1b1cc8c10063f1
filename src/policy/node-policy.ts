// The type lives one row lower, because decorators and policies are both row 3 and both need it.
export type { NodePolicy } from '../ports/node-policy.js';
