import packages from '../../packages/packages.cjs';
import type { LineInfo, WinstonTransport } from './log-sink.js';

const MESSAGE = Symbol.for('message');

/** Hands one line to the destinations. */
export type LineReceiver = (line: string, info: LineInfo) => void;

/**
 * Makes the one transport that the `penguiflow` logger pipes to. It never makes winston wait: every destination behind it
 * has a buffer of its own.
 */
export function lineTransport(receive: LineReceiver): WinstonTransport {
  lineTransportClass ??= declareClass();
  return new lineTransportClass(receive);
}

let lineTransportClass: ReturnType<typeof declareClass> | undefined;

/** Its base class comes with winston, which is loaded with the first logger. */
function declareClass(): new (receive: LineReceiver) => WinstonTransport {
  /** `winston.Transport` exists at run time and is missing in winston's types. */
  const TransportBase = (
    packages.winston as unknown as {
      readonly Transport: new (options: { readonly level: string }) => WinstonTransport;
    }
  ).Transport;

  class LineTransport extends TransportBase {
    readonly name = 'penguiflow';
    readonly #receive: LineReceiver;

    constructor(receive: LineReceiver) {
      super({ level: 'silly' });
      this.#receive = receive;
    }

    override log(info: LineInfo, next: () => void): void {
      this.#receive(info[MESSAGE] as string, info);
      next();
    }

    /** The base class compares levels again, and drops a line that has a field `exception: true`. */
    override _write(info: LineInfo, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
      this.log(info, callback);
    }

    override _writev(chunks: { readonly chunk: LineInfo }[], callback: (error?: Error | null) => void): void {
      for (const { chunk } of chunks) this.#receive(chunk[MESSAGE] as string, chunk);
      callback();
    }
  }

  return LineTransport;
}
