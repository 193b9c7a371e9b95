import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Lie } from '../../test/fakes/api-server/lies.ts';
import { aService, someServices, startReflecting, type Reflecting } from '../../test/fakes/reflecting.ts';

type Step =
  | { readonly lie: Lie }
  | { readonly put: number; readonly variant: number }
  | { readonly remove: number }
  | { readonly pass: number }
  | Other;
type Other = 'compact' | 'bookmark' | 'end watches';

const times = fc.integer({ min: 1, max: 3 });
const lasting: fc.Arbitrary<Lie> = fc.constantFrom<Lie>({ kind: 'restart' }, { kind: 'reorder' }, { kind: 'no-streaming' });
const counted = fc.record({
  kind: fc.constantFrom('reset', 'reset-list', 'gap', 'repeat', 'empty', 'shrunken', 'garbage', 'brief'),
  times,
}) as fc.Arbitrary<Lie>;
const gone: fc.Arbitrary<Lie> = fc.record({ kind: fc.constant('gone'), times, how: fc.constantFrom('http', 'event') });
const status: fc.Arbitrary<Lie> = fc.record({
  kind: fc.constant('status'),
  code: fc.constantFrom(429, 500, 503, 504),
  times,
  retryAfter: fc.constantFrom(0, 1, 5),
});
const lie: fc.Arbitrary<Lie> = fc.oneof(
  ...[lasting, lasting, counted, gone, status].map((arbitrary) => ({ arbitrary, weight: 4 })),
  // Rare, as it lasts until the end and hides whatever comes after it.
  { arbitrary: fc.constant<Lie>({ kind: 'stall' }), weight: 1 },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ put: fc.nat(40), variant: fc.nat(5) }), weight: 4 },
  { arbitrary: fc.record({ remove: fc.nat(12) }), weight: 2 },
  { arbitrary: fc.record({ lie }), weight: 3 },
  { arbitrary: fc.record({ pass: fc.constantFrom(0, 500, 5_000, 70_000) }), weight: 3 },
  { arbitrary: fc.constantFrom<Other>('compact', 'bookmark', 'end watches'), weight: 1 },
);

async function take({ server, clock }: Reflecting, next: Step): Promise<void> {
  if (next === 'compact') server.compact();
  else if (next === 'bookmark') server.bookmark();
  else if (next === 'end watches') server.endWatches();
  else if ('lie' in next) server.lie(next.lie);
  else if ('put' in next) server.put(aService(next.put, next.variant));
  else if ('remove' in next) server.remove('Service', `shop/svc-${next.remove}`);
  else await clock.advance(next.pass);
  // What was written goes over a real socket: lets it arrive, most of the time.
  await wait(3);
}

/** An empty or short list is accepted when it comes twice. Whether these lies may come twice in a row, so that the sink is rightly short. */
const mayShrink = (steps: readonly Step[]): boolean =>
  steps.reduce(
    (sum, next) =>
      sum + (typeof next === 'object' && 'lie' in next && (next.lie.kind === 'empty' || next.lie.kind === 'shrunken') ? next.lie.times : 0),
    0,
  ) > 1;

test('after any lies and changes the sink ends equal to the truth, and was not emptied between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 50, size: 'max' }), fc.boolean(), async (steps, protobuf) => {
      const reflecting = await startReflecting(someServices(30), { fake: { protobuf } });
      try {
        await reflecting.settled();
        for (const next of steps) await take(reflecting, next);
        reflecting.server.honest();
        await reflecting.settled(20_000);
        if (!mayShrink(steps)) expect(reflecting.sink.fewest).toBeGreaterThanOrEqual(17);
      } finally {
        await reflecting.close();
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);
