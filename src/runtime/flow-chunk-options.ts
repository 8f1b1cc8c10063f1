import type { ChunkOptions } from '../ports/node-context.js';

/** Options of {@link PenguiFlow.emitChunk}. */
export interface FlowChunkOptions extends Omit<ChunkOptions, 'to'> {
  /** Whose trace id it is. @defaultValue that of the message, else `'default'` */
  readonly tenant?: string;
}
