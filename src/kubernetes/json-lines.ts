/** Splits a watch's body into its lines, one event each, as the octets arrive. */
import { Problem } from './fields.ts';
import { LONGEST, type EventSplitter } from './format.ts';

const NEWLINE = 0x0a;

export function createLineSplitter(): EventSplitter {
  let pieces: Uint8Array[] = [];
  let pending = 0;
  const push = (chunk: Uint8Array): Uint8Array[] => {
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
  return { push, isWhole: () => pending === 0 };
}
