import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyAnswer, Source, type Answer } from '../../wire/answer.ts';
import { Rcode } from '../../wire/iana.ts';
import { nameFromText, type Name } from '../../wire/name.ts';
import type { Keepable } from './lifetime.ts';
import { Kind } from './options.ts';
import { Ring } from './ring.ts';
import { Store } from './store.ts';

const name = (index: number): Name => nameFromText(`host-${index}.example.test`)!;

/** An entry whose `mark` can be recognized, with `size` octets of body. */
function entry(mark: number, size: number, kind: Kind = Kind.positive): Keepable {
  const body = new Uint8Array(size).fill(mark);
  const answer: Answer = { ...emptyAnswer(Rcode.NOERROR, Source.forward), body, answers: 2, ends: [size / 2, size] };
  return { kind, ttl: 60, since: 0, answer, ttlOffsets: Uint16Array.of(6, 7) };
}

function store(bytes: number, keepStale = 0, seed = 0.5) {
  const evicted: Kind[] = [];
  const made = new Store(
    { bytes, keepStale, authoritative: false },
    () => seed,
    (kind) => evicted.push(kind),
  );
  const put = (index: number, kept: Keepable, now = 0): boolean =>
    made.put({ name: name(index), key: 4, kept, expires: now + kept.ttl * 1000, askAt: now + kept.ttl * 1000 }, now);
  /** Looks an entry up and counts the hit, as the stage does. */
  const hit = (index: number): Answer | undefined => {
    const held = made.find(name(index), 4);
    if (held !== undefined) made.memory.countHits(held.at, 1);
    return held?.answer;
  };
  return { store: made, put, hit, evicted };
}

describe('Store', () => {
  it('keeps answers ready for names asked in turn, with a quarter of the places taken', () => {
    const { put, hit } = store(1 << 22);
    const count = 256;
    for (let index = 0; index < count; index++) put(index, entry(1, 40));
    for (let round = 0; round < 3; round++) for (let index = 0; index < count; index++) hit(index);
    const ready = Array.from({ length: count }, (_, index) => hit(index));
    const kept = Array.from({ length: count }, (_, index) => ready[index] === hit(index)).filter(Boolean).length;
    expect(kept).toBeGreaterThan(count * 0.93);
  });

  it('gives back what was put, extended error and authentic data included', () => {
    const { store: made, put, hit } = store(1 << 16);
    const kept = entry(7, 40);
    const answer: Answer = {
      ...kept.answer,
      rcode: 3,
      authorities: 1,
      ends: [10, 20, 40],
      rotating: 2,
      authenticData: true,
      leadsOn: true,
      extendedError: { code: 22, text: 'nobody' },
    };
    put(1, { ...kept, answer, ttlOffsets: Uint16Array.of(6, 16, 26) });
    const { authoritative, body, ...rest } = hit(1)!;
    expect(authoritative).toBe(false);
    expect([...body]).toEqual([...answer.body]);
    expect(rest).toEqual({
      rcode: 3,
      answers: 2,
      authorities: 1,
      additionals: 0,
      ends: [10, 20, 40],
      rotating: 2,
      ageing: { since: 0, ttlOffsets: [6, 16, 26] },
      extendedError: { code: 22, text: 'nobody' },
      authenticData: true,
      leadsOn: true,
      truncated: undefined,
      source: Source.cache,
    });
    expect(made.find(name(1), 5)).toBeUndefined();
    expect(made.find(name(2), 4)).toBeUndefined();
  });

  it('keeps an answer of its own: neither what comes later nor the record changes it', () => {
    const { put, hit } = store(1 << 16);
    put(1, entry(1, 40));
    const before = hit(1)!;
    put(1, entry(2, 40));
    expect(before.body[0]).toBe(1);
    expect(hit(1)!.body[0]).toBe(2);
  });

  it('keeps what was hit from a scan of names that are asked once', () => {
    const { put, hit, evicted } = store(1 << 18);
    for (let i = 0; i < 200; i++) put(i, entry(i % 250, 40));
    for (let i = 0; i < 20_000; i++) {
      put(1000 + i, entry(0, 40));
      if (i % 10 === 0) hit((i / 10) % 200);
    }
    const kept = Array.from({ length: 200 }, (_, i) => hit(i)).filter((answer) => answer !== undefined);
    expect(kept).toHaveLength(200);
    expect(evicted.length).toBeGreaterThan(15_000);
  });

  it('lets an entry that was evicted too early into the main queue when it comes again', () => {
    const { put, hit } = store(1 << 16);
    // Fills the main queue with entries that were hit, so that none stays that was not.
    for (let i = 0; i < 2000; i++) {
      put(i, entry(1, 40));
      hit(i);
    }
    put(5000, entry(9, 40));
    for (let i = 0; i < 100; i++) put(6000 + i, entry(1, 40));
    expect(hit(5000)).toBeUndefined();
    put(5000, entry(9, 40));
    for (let i = 0; i < 100; i++) put(7000 + i, entry(1, 40));
    expect(hit(5000)?.body[0]).toBe(9);
  });

  it('lets ended entries go before others, however often they were hit', () => {
    const { put, hit } = store(1 << 16);
    put(0, entry(1, 40));
    for (let i = 0; i < 3; i++) hit(0);
    for (let i = 1; i < 2000; i++) put(i, entry(1, 40), 61_000);
    expect(hit(0)).toBeUndefined();
  });

  it('follows an entry that goes round in its queue', () => {
    const { put, hit, store: made } = store(1 << 16);
    put(0, entry(7, 40));
    for (let i = 1; i < 5000; i++) {
      expect(hit(0)?.body[0]).toBe(7);
      put(i, entry(1, 40));
      expect(made.memory.name(made.find(name(0), 4)!.at)).toBe(name(0));
    }
  });

  it('refuses what is too large for it, and forgets the smaller one before', () => {
    const { put, hit, store: made } = store(1 << 14);
    put(1, entry(1, 40));
    expect(put(1, entry(2, 8000))).toBe(false);
    expect(hit(1)).toBeUndefined();
    expect([...made.positions()]).toEqual([]);
  });

  it.each([0, 1, 64, 1000, 4096])('holds nothing wrong in %i bytes', (bytes) => {
    const { put, hit, store: made } = store(bytes);
    for (let i = 0; i < 100; i++) put(i, entry(i, 40));
    for (let i = 0; i < 100; i++) expect([undefined, i]).toContain(hit(i)?.body[0]);
    expect(made.used).toBeLessThanOrEqual(Math.max(bytes, 32));
  });

  type Operation = { readonly name: number; readonly does: 'put' | 'hit' | 'remove'; readonly size: number; readonly kind: Kind };
  const operation: fc.Arbitrary<Operation> = fc.record({
    name: fc.nat(60),
    does: fc.constantFrom('put', 'put', 'hit', 'hit', 'remove'),
    size: fc.constantFrom(0, 2, 16, 40, 64, 66, 300, 600, 2000),
    kind: fc.constantFrom(Kind.positive, Kind.negative, Kind.failure),
  });

  it('is a map that forgets: any sequence, within its bytes', () => {
    fc.assert(
      fc.property(
        fc.array(operation, { minLength: 1, maxLength: 400 }),
        fc.constantFrom(4096, 16_384, 65_536, 1 << 20),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (operations, bytes, seed) => {
          const { store: made, put, hit, evicted } = store(bytes, 0, seed);
          const model = new Map<number, Keepable>();
          let mark = 0;
          let tooLarge = false;
          for (const { name: index, does, size, kind } of operations) {
            if (does === 'put') {
              const kept = entry((mark = (mark + 1) % 256), size, kind);
              if (put(index, kept)) model.set(index, kept);
              else {
                tooLarge = true;
                model.delete(index);
              }
            } else if (does === 'remove') {
              made.remove(name(index), 4);
              model.delete(index);
            } else {
              const found = hit(index);
              const wanted = model.get(index);
              if (found !== undefined) expect(Buffer.from(found.body).equals(wanted?.answer.body ?? Buffer.from('none'))).toBe(true);
              else if (evicted.length === 0) expect(wanted).toBeUndefined();
            }
            expect(made.used).toBeLessThanOrEqual(bytes);
          }
          const kinds = [0, 0, 0];
          let count = 0;
          for (const at of made.positions()) {
            kinds[made.memory.kind(at)]!++;
            count++;
            expect(made.find(made.memory.name(at), made.memory.key(at))?.at).toBe(at);
          }
          expect(made.entries).toEqual(kinds);
          if (!tooLarge && bytes === 1 << 20) expect(evicted).toEqual([]);
          expect(count).toBeLessThanOrEqual(model.size);
          if (evicted.length === 0) expect(count).toBe(model.size);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('Ring', () => {
  it('is a queue whose records never overlap, and what was released always fits again', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 300 }), fc.integer({ min: 9, max: 40 }), (sizes, room) => {
        const ring = new Ring(3, 3 + room);
        const queue: { at: number; words: number }[] = [];
        for (const words of sizes) {
          let at: number;
          while ((at = ring.reserve(words)) === -1) {
            const oldest = queue.shift()!;
            expect(ring.tail).toBe(oldest.at);
            ring.release(oldest.words);
            // Every third goes another round, as an entry that was hit does.
            if (words % 3 !== 0) continue;
            const again = ring.reserve(oldest.words);
            expect(again).toBeGreaterThanOrEqual(3);
            queue.push({ at: again, words: oldest.words });
            const next = queue.shift()!;
            ring.release(next.words);
          }
          queue.push({ at, words });
          const covered = queue.flatMap((record) => Array.from({ length: record.words }, (_, i) => record.at + i));
          expect(new Set(covered).size).toBe(covered.length);
          expect(Math.min(...covered)).toBeGreaterThanOrEqual(ring.start);
          expect(Math.max(...covered)).toBeLessThan(ring.end);
          expect(ring.entries).toBe(queue.length);
          const size = new Map(queue.map((record) => [record.at, record.words]));
          expect([...ring.positions((position) => size.get(position)!)]).toEqual(queue.map((record) => record.at));
        }
      }),
      { numRuns: 300 },
    );
  });
});
