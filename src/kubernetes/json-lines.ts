/** Splits a watch's body into its lines, one event each, as the octets arrive. */
import { Problem } from './fields.ts';
import { LONGEST } from './format.ts';

export const NEWLINE = 0x0a;

/** Returns a function that takes octets and returns the lines they complete, undecoded. Throws a Problem on a line beyond 8 MiB. */
export function createLineSplitter(): (chunk: Uint8Array) => Uint8Array[] {
  let pieces: Uint8Array[] = [];
  let pending = 0;
  return (chunk) => {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const last = chunk.subarray(start, end);
      const line = pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
      pieces = [];
      pending = 0;
      if (line.length > 0) lines.push(line);
      start = end + 1;
    }
    if (start < chunk.length) {
      pieces.push(chunk.subarray(start));
      pending += chunk.length - start;
      if (pending > LONGEST) throw new Problem(`a line of more than ${LONGEST} octets: no watch event is that long`);
    }
    return lines;
  };
}
