import fc from 'fast-check';
import { expect, it } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import { address, cacheDefaults, denial, lastOctet, name } from '../../test/fakes/cached.ts';
import { fakeClock } from '../../test/fakes/clock.ts';
import type { Answer } from '../wire/answer.ts';
import { Rcode } from '../wire/iana.ts';
import { Cache } from './cache.ts';

type Happening =
  | { readonly what: 'ask'; readonly name: number }
  | { readonly what: 'pass'; readonly ms: number }
  | { readonly what: 'change'; readonly name: number; readonly ttl: number; readonly rcode: number }
  | { readonly what: 'flush'; readonly name: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('ask' as const), name: fc.nat(4) }) },
  fc.record({ what: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
  fc.record({
    what: fc.constant('change' as const),
    name: fc.nat(4),
    ttl: fc.integer({ min: 0, max: 60 }),
    rcode: fc.constantFrom(Rcode.NOERROR, Rcode.NXDOMAIN),
  }),
  fc.record({ what: fc.constant('flush' as const), name: fc.nat(4) }),
);

it('is a map of what was heard last and has not ended: any sequence', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 60 }), async (happenings) => {
      const clock = fakeClock();
      const cache = new Cache({ ...cacheDefaults, serveStale: 0, prefetch: false }, clock, () => 0.5);
      const upstream = new Map<number, { answer: Answer; ttl: number }>();
      const unchanged = { answer: address(20), ttl: 20 };
      const model = new Map<number, { answer: Answer; ends: number }>();
      let heard = 0;
      let version = 0;
      const handler = cache.stage((query) => {
        heard++;
        const { answer } = upstream.get(Number(query.name.charAt(1))) ?? unchanged;
        return { ...answer, ageing: { since: clock.monotonic(), ttlOffsets: [] } };
      });
      for (const it of happenings) {
        if (it.what === 'pass') await clock.advance(it.ms);
        else if (it.what === 'flush') {
          cache.flush({ name: name(`${it.name}.test`) });
          model.delete(it.name);
        } else if (it.what === 'change') {
          const changed = it.rcode === Rcode.NOERROR ? address(it.ttl, (version = (version + 1) % 256)) : denial(it.rcode, it.ttl);
          upstream.set(it.name, { answer: changed, ttl: it.ttl });
        } else {
          const known = model.get(it.name);
          const fresh = known !== undefined && clock.monotonic() < known.ends;
          const before = heard;
          const outcome = await handler(asked(`${it.name}.test`, 'A', { at: clock.monotonic() }));
          expect(heard - before).toBe(fresh ? 0 : 1);
          const now = upstream.get(it.name) ?? unchanged;
          const answer = fresh ? known.answer : now.answer;
          expect(outcome).toMatchObject({ rcode: answer.rcode, answers: answer.answers });
          expect(lastOctet(outcome)).toBe(answer.body.at(-1));
          if (!fresh && now.ttl > 0) model.set(it.name, { answer, ends: clock.monotonic() + now.ttl * 1000 });
          else if (!fresh) model.delete(it.name);
        }
      }
      const fresh = [...model.values()].filter(({ ends }) => clock.monotonic() < ends).length;
      const shown = [0, 1, 2, 3, 4].flatMap((index) => cache.inspect(name(`${index}.test`))).filter(({ state }) => state === 'fresh');
      expect(shown).toHaveLength(fresh);
    }),
    { numRuns: 150 },
  );
});
