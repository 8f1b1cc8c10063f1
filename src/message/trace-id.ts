/** Hex digits of the half of an id that is its own. */
const OWN_DIGITS = 16;

/** Bytes of a block, 128 ids. Few, because whoever keeps one of them unread keeps them all. */
const BLOCK_BYTES = (128 * OWN_DIGITS) / 2;

/** Blocks that one call of the generator pays for. */
const BLOCKS_PER_FILL = 16;

/** A block of ids: what they have in common, and the rest of each, one after the other. */
export interface IdBlock {
  /** The left half of each id. */
  readonly left: string;
  /** The right halves. */
  readonly right: string;
}

let block: IdBlock = { left: '', right: '' };
let next = 0;
/** Random bytes that are not used yet, from `unused` on. */
let pool: Buffer | undefined;
let unused = 0;

/**
 * A fresh trace id: 32 lower-case hex digits, the width of a W3C trace id.
 *
 * The right half is 64 bits of the secure generator, so that nobody who has seen ids can guess another. The left half is random, too,
 * and shared by a block of ids.
 */
export function newTraceId(): string {
  const at = takeId();
  return traceIdOf(block, at);
}

/** Takes a fresh id of {@link currentBlock} without writing it out; returns its place there. */
export function takeId(): number {
  if (next === block.right.length) nextBlock();
  const at = next;
  next += OWN_DIGITS;
  return at;
}

/** The block of the id that was taken last. */
export function currentBlock(): IdBlock {
  return block;
}

/** Writes an id out. In two parts, because a longer one would keep all of the block. */
export function traceIdOf({ left, right }: IdBlock, at: number): string {
  return left + right.substring(at, at + 8) + right.substring(at + 8, at + OWN_DIGITS);
}

function nextBlock(): void {
  if (pool === undefined || unused === pool.length) fillPool();
  block = { left: block.left, right: (pool as Buffer).toString('hex', unused, unused + BLOCK_BYTES) };
  unused += BLOCK_BYTES;
  next = 0;
}

/** Loads OpenSSL the first time, which is why it is not there from the beginning. */
function fillPool(): void {
  const { randomBytes } = process.getBuiltinModule('node:crypto');
  block = { left: randomBytes(OWN_DIGITS / 2).toString('hex'), right: '' };
  pool = randomBytes(BLOCKS_PER_FILL * BLOCK_BYTES);
  unused = 0;
}
