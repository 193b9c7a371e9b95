import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SpaceSaving } from './space-saving.ts';

const key = fc.nat(40).map((n) => `k${Math.floor(Math.sqrt(n))}`);

test('counts are never too low, too high by at most the error, and whatever is frequent is there', () => {
  fc.assert(
    fc.property(fc.array(key, { maxLength: 300 }), fc.integer({ min: 1, max: 8 }), (stream, capacity) => {
      const sketch = new SpaceSaving(capacity);
      const truth = new Map<string, number>();
      for (const each of stream) {
        sketch.add(each);
        truth.set(each, (truth.get(each) ?? 0) + 1);
      }
      const top = sketch.top(100);
      expect(top.length).toBe(Math.min(capacity, truth.size));
      expect(top.reduce((sum, { count }) => sum + count, 0)).toBe(stream.length);
      expect(top.map(({ count }) => count)).toEqual(top.map(({ count }) => count).toSorted((a, b) => b - a));
      for (const { key: name, count, error } of top) {
        expect(count).toBeGreaterThanOrEqual(truth.get(name) ?? 0);
        expect(count - error).toBeLessThanOrEqual(truth.get(name) ?? 0);
      }
      for (const [name, count] of truth) if (count > stream.length / capacity) expect(top.map((entry) => entry.key)).toContain(name);
    }),
  );
});
