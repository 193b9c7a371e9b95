import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Deframer, frame } from './framing.ts';

test('messages come out whole, however the stream is cut', () => {
  const messages = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 9 })), (sent, cuts) => {
      const stream = Buffer.concat(sent.map(frame));
      const deframer = new Deframer();
      const received: Uint8Array[] = [];
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const size = cuts[turn % Math.max(1, cuts.length)] ?? 1;
        received.push(...deframer.push(stream.subarray(at, at + size)));
        at += size;
      }
      expect(received.map((message) => [...message])).toEqual(sent.map((message) => [...message]));
    }),
  );
});

test('a message of no octets is passed over', () => {
  expect(new Deframer().push(Uint8Array.of(0, 0, 0, 1, 7))).toEqual([Uint8Array.of(7)]);
});
