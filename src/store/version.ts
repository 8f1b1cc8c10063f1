/** Of the package, as runners say: what is written in `package.json`, which a bundle of somebody's program does not have beside it. */
export const VERSION = '0.1.0';
