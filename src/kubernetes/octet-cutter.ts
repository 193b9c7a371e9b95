/** Cuts octets that arrive in chunks of any size into pieces whose lengths their own beginnings tell. */
import { Problem } from './fields.ts';
import { LONGEST } from './format.ts';
import { shown } from './shown.ts';

export interface OctetCutter {
  /** Passes each piece that these octets complete; it is valid until the next push. Throws a Problem on a piece beyond 8 MiB. */
  readonly push: (chunk: Uint8Array, take: (piece: Buffer) => void) => void;
  /** Octets of a piece that is not complete. */
  readonly pending: () => number;
}

/** `sizeOf` returns the size of the piece that begins at `at`; undefined when its beginning is not all there. */
export function createOctetCutter(sizeOf: (octets: Buffer, at: number) => number | undefined): OctetCutter {
  let pieces: Uint8Array[] = [];
  let pending = 0;
  /** Fewer octets than this complete no piece: chunks are joined once a piece, not once each. */
  let needed = 1;

  return {
    push(chunk, take) {
      pieces.push(chunk);
      pending += chunk.length;
      if (pending < needed) return;
      const octets = pieces.length === 1 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat(pieces);
      let at = 0;
      while (at < octets.length) {
        const size = sizeOf(octets, at);
        if (size !== undefined && size > LONGEST)
          throw new Problem(`nothing that an API server sends is ${size} octets long: ${shown(octets.subarray(at))}`);
        needed = size ?? octets.length - at + 1;
        if (needed > octets.length - at) break;
        take(octets.subarray(at, at + needed));
        at += needed;
      }
      pieces = at < octets.length ? [octets.subarray(at)] : [];
      pending = octets.length - at;
      if (pending === 0) needed = 1;
    },
    pending: () => pending,
  };
}
