import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KnownNames, NOWHERE, PLACES } from './known-names.ts';
import { nameFromText, type Name } from './name.ts';

const lower = (text: string): Name => nameFromText(text)!;
/** A name's wire form in the case of `text`, behind four other octets. */
const packetOf = (text: string): Uint8Array =>
  Buffer.from(`head${text.replace(/[^.]+/g, (label) => String.fromCharCode(label.length) + label).replaceAll('.', '')}\0`, 'latin1');
const START = 4;

function placeOf(known: KnownNames, text: string): number {
  const packet = packetOf(text);
  return known.find(packet, START, packet.length);
}

function ask(known: KnownNames, text: string): Name | undefined {
  const place = placeOf(known, text);
  if (place !== NOWHERE) return known.at(place);
  known.keep(lower(text));
  return undefined;
}

test('what came twice is found, each spelling by itself, and always as the same string', () => {
  const known = new KnownNames();
  for (let time = 0; time < 2; time++)
    for (const text of ['www.example', 'WWW.example', 'a', 'ww.example']) expect(ask(known, text)).toBeUndefined();
  for (const text of ['www.example', 'WWW.example', 'a', 'ww.example']) expect(ask(known, text)).toBe(lower(text));
  expect(ask(known, 'www.example.test')).toBeUndefined();
});

test('names of more octets than a place has are not kept', () => {
  const known = new KnownNames();
  for (const [length, kept] of [
    [61, true],
    [62, false],
  ] as const) {
    const text = `${'x'.repeat(60)}.${'x'.repeat(length)}`;
    for (let time = 0; time < 2; time++) ask(known, text);
    expect(ask(known, text) !== undefined).toBe(kept);
  }
});

test('whatever is asked, only the name asked for is found', () => {
  const label = fc.stringMatching(/^[a-cA-C]{1,3}$/);
  const names = fc.array(fc.array(label, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 200 });
  const known = new KnownNames();
  fc.assert(
    fc.property(names, (asked) => {
      for (const labels of asked) {
        const text = labels.join('.');
        expect(ask(known, text) ?? lower(text)).toBe(lower(text));
      }
    }),
  );
});

test.each([PLACES / 16, PLACES / 4, PLACES / 2])('%d names asked in turn, again and again, are known', (count) => {
  const known = new KnownNames();
  const texts = Array.from({ length: count }, (_, i) => `web-${i}.shop-${i % 50}.svc.cluster.local`);
  let missed = 0;
  for (let round = 0; round < 8; round++) missed = texts.filter((text) => ask(known, text) === undefined).length;
  expect(missed).toBeLessThan(count / 50);
});

test('of a flood of names asked once, few are kept', () => {
  const known = new KnownNames();
  const texts = Array.from({ length: 4 * PLACES }, (_, i) => `random-${i}.example`);
  for (const text of texts) ask(known, text);
  const kept = texts.filter((text) => placeOf(known, text) !== NOWHERE).length;
  expect(kept).toBeLessThan(PLACES / 4);
});

test('a flood of names asked once leaves those asked often', () => {
  const known = new KnownNames();
  const popular = Array.from({ length: 500 }, (_, i) => `web-${i}.shop.svc.cluster.local`);
  for (const text of popular) ask(known, text);
  let missed = 0;
  for (let i = 0; i < 2 * PLACES; i++) {
    ask(known, `random-${i}.example`);
    if (ask(known, popular[i % popular.length]!) === undefined) missed++;
  }
  expect(missed).toBeLessThan((2 * PLACES) / 20);
});
