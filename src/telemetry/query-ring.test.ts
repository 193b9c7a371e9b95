import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QueryRing, ringBlock } from './query-ring.ts';

const lengths = fc.array(fc.integer({ min: 1, max: 40 }).map((n) => n * 8 + 8));

test('what is published is read once, in order and whole, however writer and reader take turns', () => {
  const turns = fc.array(fc.record({ lengths, read: fc.nat(50) }), { maxLength: 30 });
  fc.assert(
    fc.property(turns, (all) => {
      const ring = new QueryRing(ringBlock(4096));
      const written: number[] = [];
      const read: number[] = [];
      let next = 0;
      const visit = (offset: number): void => void read.push(ring.words[(offset >> 2) + 1]!);
      for (const turn of all) {
        for (const length of turn.lengths) {
          const offset = ring.claim(length);
          if (offset === -1) continue;
          expect(offset % 8).toBe(0);
          ring.octets.fill(next & 0xff, offset + 8, offset + length);
          ring.words[(offset >> 2) + 1] = next;
          written.push(next++);
        }
        ring.publish();
        ring.read(turn.read, visit);
      }
      ring.read(Infinity, visit);
      expect(read).toEqual(written);
    }),
  );
});

test('it holds nearly its size, then refuses, and goes on when it was read', () => {
  const ring = new QueryRing(ringBlock(4096));
  let count = 0;
  while (ring.claim(128) !== -1) count++;
  expect(count).toBe(32);
  expect(
    ring.read(100, () => undefined),
    'nothing was published',
  ).toBe(0);
  ring.publish();
  expect(ring.read(100, () => undefined)).toBe(32);
  expect(ring.claim(128)).not.toBe(-1);
});

test('what is taken back is not seen', () => {
  const ring = new QueryRing(ringBlock(4096));
  ring.claim(64);
  ring.publish();
  const { mark } = ring;
  ring.claim(64);
  ring.claim(64);
  ring.rewind(mark);
  ring.publish();
  expect(ring.read(100, () => undefined)).toBe(1);
});

test('counts of octets wrap at 2^32', () => {
  const block = ringBlock(4096);
  const header = new Int32Array(block, 0, 16);
  header[0] = header[1] = -64;
  const ring = new QueryRing(block);
  for (let i = 0; i < 100; i++) {
    const offset = ring.claim(48);
    ring.words[(offset >> 2) + 1] = i;
    ring.publish();
    const seen: number[] = [];
    ring.read(10, (at) => seen.push(ring.words[(at >> 2) + 1]!));
    expect(seen).toEqual([i]);
  }
});

test('the writer sees another setting by its generation', () => {
  const block = ringBlock(4096);
  const [writer, reader] = [new QueryRing(block), new QueryRing(block)];
  const before = writer.generation;
  reader.recording = { every: 7, errors: true, slow: 12.5, topEvery: 0 };
  expect(writer.generation).not.toBe(before);
  expect(writer.recording).toEqual({ every: 7, errors: true, slow: 13, topEvery: 0 });
});

test('a thread that writes as fast as it can loses only what it counted as lost', { timeout: 60_000 }, async () => {
  const block = ringBlock(16 * 1024);
  const ring = new QueryRing(block);
  const worker = new Worker(new URL('../../test/fakes/ring-writer.ts', import.meta.url), { workerData: { block, records: 300_000 } });
  let ended: { written: number; lost: number } | undefined;
  worker.on('message', (message: { written: number; lost: number }) => (ended = message));
  let read = 0;
  let last = -1;
  let broken = 0;
  const visit = (offset: number): void => {
    const number = ring.words[(offset >> 2) + 1]!;
    const length = ring.words[offset >> 2]!;
    if (number <= last) broken++;
    for (let i = 8; i < length; i++) if (ring.octets[offset + i] !== (number & 0xff)) broken++;
    last = number;
    read++;
  };
  const exit = once(worker, 'exit');
  while (ended === undefined) {
    ring.read(50, visit);
    await new Promise((resolve) => setImmediate(resolve));
  }
  ring.read(Infinity, visit);
  await exit;
  expect({ read, broken }).toEqual({ read: ended.written, broken: 0 });
  expect(ended.written + ended.lost).toBe(300_000);
  expect(ended.written).toBeGreaterThan(100);
});
