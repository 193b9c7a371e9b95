import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunks } from '../../test/fakes/chunks.ts';
import { createOctetCutter } from './octet-cutter.ts';

/** Each piece begins with its size, two octets. */
const sized = (octets: Buffer, at: number): number | undefined => (octets.length - at < 2 ? undefined : octets.readUInt16BE(at));

function piece(contents: Uint8Array): Buffer {
  const octets = Buffer.concat([Buffer.alloc(2), contents]);
  octets.writeUInt16BE(octets.length);
  return octets;
}

test('any pieces, cut anywhere, come out whole and in order', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), fc.infiniteStream(fc.nat(50)), fc.nat(10), (contents, sizes, lacking) => {
      const pieces = contents.map(piece);
      const octets = Buffer.concat(pieces);
      const cutter = createOctetCutter(sized);
      const taken: Buffer[] = [];
      const given = octets.subarray(0, Math.max(0, octets.length - lacking));
      for (const chunk of chunks(given, sizes)) cutter.push(chunk, (one) => taken.push(Buffer.from(one)));
      expect(Buffer.concat(taken).length + cutter.pending()).toBe(given.length);
      expect(taken).toEqual(pieces.slice(0, taken.length));
      for (const chunk of chunks(octets.subarray(given.length), sizes)) cutter.push(chunk, (one) => taken.push(Buffer.from(one)));
      expect(taken).toEqual(pieces);
      expect(cutter.pending()).toBe(0);
    }),
  );
});

test('a piece is taken as soon as it is complete', () => {
  const cutter = createOctetCutter(sized);
  const taken: number[] = [];
  for (const chunk of ['00', '02', '0003', 'ff']) cutter.push(Buffer.from(chunk, 'hex'), ({ length }) => taken.push(length));
  expect([taken, cutter.pending()]).toEqual([[2, 3], 0]);
});

test('a size that no piece has is refused at once', () => {
  const cutter = createOctetCutter((octets, at) => octets.readUInt32BE(at));
  expect(() => cutter.push(Buffer.from('<html>'), () => undefined)).toThrow(
    'nothing that an API server sends is 1013478509 octets long: <html>',
  );
});

test('a chunk costs nothing while its piece is not complete', () => {
  let asked = 0;
  const cutter = createOctetCutter(() => (asked++, 1_000));
  for (let i = 0; i < 999; i++) cutter.push(Buffer.alloc(1), () => undefined);
  expect([asked, cutter.pending()]).toEqual([1, 999]);
});
