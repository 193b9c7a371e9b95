import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addresses, bench, query, quiet, sorted } from '../../test/fakes/repeated.ts';
import type { Handler } from '../query/handler.ts';
import { emptyAnswer, Source, type Answer } from '../wire/answer.ts';
import { Rcode, Type } from '../wire/iana.ts';
import { nameToText } from '../wire/name.ts';
import { PLACES } from './query-table.ts';

test('of more names than there are places, each gets its own answer', () => {
  const handler: Handler = ({ name }) => addresses(nameToText(name), name.length, name.charCodeAt(2));
  const made = bench(handler);
  const plain = bench(handler, () => undefined);
  quiet(made);
  let repeated = 0;
  let random = 1;
  for (let asked = 0; asked < PLACES * 4; asked++) {
    random = (random * 48_271) % 0x7fffffff;
    // Some names come more often than others.
    const i = Math.floor((random / 0x7fffffff) ** 2 * PLACES * 1.5);
    const { response, wasKnown } = made.ask(query(`a${i}.test`, { id: i & 0xffff }));
    if (!wasKnown || repeated++ % 8 > 0) continue;
    expect(sorted(response)).toEqual(sorted(plain.ask(query(`a${i}.test`, { id: i & 0xffff })).response));
  }
  expect(repeated).toBeGreaterThan(PLACES / 4);
});

test('whatever is asked and changed in whatever order, the response is what the responder gives, but for its rotation', () => {
  const names = ['a.test', 'A.test', 'x.dddd.test'];
  const message = fc.record({
    id: fc.nat(0xffff),
    name: fc.constantFrom(...names),
    type: fc.constantFrom('A', 'TXT'),
    flags: fc.constantFrom(0x100, 0x110, 0),
    edns: fc.constantFrom(undefined, { flags: 0x8000 }, { options: [{ code: 10, data: Buffer.alloc(8) }] }),
    tail: fc.constantFrom(0, 0, 0, 1),
  });
  const zoneChange = fc.record({ changed: fc.subarray(names), isSeldom: fc.boolean() });
  let repeated = 0;
  let afterChange = 0;
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 30, arbitrary: message }, fc.constant('change' as const), zoneChange), {
        minLength: 100,
        maxLength: 300,
      }),
      (steps) => {
        const generations = new Map<string, number>(names.map((name) => [name, 1]));
        const prepared = new Map<string, Answer>();
        const handler: Handler = ({ name, type }) => {
          const generation = generations.get(nameToText(name).slice(0, -1))!;
          const key = `${generation} ${type} ${name}`;
          const count = type === Type.A ? name.length % 4 : 0;
          const made =
            count === 0
              ? emptyAnswer(type === Type.TXT ? Rcode.NXDOMAIN : Rcode.NOERROR, Source.zone)
              : addresses(nameToText(name), ...Array.from({ length: count }, (_, i) => generation * 10 + i));
          if (!prepared.has(key)) prepared.set(key, made);
          return prepared.get(key);
        };
        const made = bench(handler, undefined, undefined, (asked, answer) => handler(asked) === answer);
        const plain = bench(handler, () => undefined);
        quiet(made);
        let isChanged = false;
        for (const step of steps) {
          if (step === 'change') {
            for (const name of names) generations.set(name, generations.get(name)! + 1);
            made.known.forget();
            quiet(made);
            isChanged = false;
            continue;
          }
          if ('changed' in step) {
            for (const name of step.changed) generations.set(name, generations.get(name)! + 1);
            if (step.isSeldom) quiet(made);
            made.known.recheck();
            isChanged = true;
            continue;
          }
          const octets = Buffer.concat([query(step.name, step), Buffer.alloc(step.tail)]);
          const { response, wasKnown } = made.ask(octets);
          if (wasKnown) repeated++;
          if (wasKnown && isChanged) afterChange++;
          expect(sorted(response)).toEqual(sorted(plain.ask(octets).response));
        }
      },
    ),
    { numRuns: 60 },
  );
  expect(repeated).toBeGreaterThan(100);
  expect(afterChange).toBeGreaterThan(100);
});
