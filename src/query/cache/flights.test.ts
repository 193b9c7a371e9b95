/** Questions in flight: each found by its name and key, also where the hashes of two are the same, until it is answered or disowned. */
import { describe, expect, test } from 'vitest';
import { nameFromText } from '../../wire/name.ts';
import { hashName } from '../hashes.ts';
import { Flight, Flights } from './flights.ts';

const KEY = 1 << 2;
const name = (text: string) => nameFromText(text)!;
/** With a seed of 0, these two have the same hash. */
const ALIKE = ['n89072.test', 'n203961.test'].map(name);

/** A question in flight, and what answers it. */
function ask(flights: Flights, text: string, key = KEY): { flight: Flight; land: () => Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const flight = new Flight(name(text), key, 0, promise, (_, outcome) => outcome);
  flights.add(flight);
  return {
    flight,
    land: async () => {
      resolve(undefined);
      await flight.outcome;
      await Promise.resolve();
    },
  };
}

test('is found by name and key, and no longer once it is answered', async () => {
  const flights = new Flights(Math.random);
  const { flight, land } = ask(flights, 'a.test');
  const other = ask(flights, 'a.test', KEY + 1);
  expect(flights.find(name('a.test'), KEY)).toBe(flight);
  expect(flights.find(name('a.test'), KEY + 1)).toBe(other.flight);
  expect(flights.find(name('b.test'), KEY)).toBeUndefined();
  expect(flights.size).toBe(2);
  await land();
  expect(flights.find(name('a.test'), KEY)).toBeUndefined();
  expect(flights.size).toBe(1);
});

describe('two of the same hash', () => {
  test.each([
    [0, 1],
    [1, 0],
  ])('are both found; number %i is answered first', async (first, second) => {
    expect(hashName(ALIKE[0]!, KEY) & 1023).toBe(hashName(ALIKE[1]!, KEY) & 1023);
    const flights = new Flights(() => 0);
    const both = [ask(flights, 'n89072.test'), ask(flights, 'n203961.test')];
    const found = () => ALIKE.map((alike) => flights.find(alike, KEY));
    expect(found()).toEqual(both.map(({ flight }) => flight));
    await both[first]!.land();
    expect(found()[first]).toBeUndefined();
    expect(found()[second]).toBe(both[second]!.flight);
    await both[second]!.land();
    expect(found()).toEqual([undefined, undefined]);
    expect(flights.size).toBe(0);
  });

  test('are disowned each for itself', async () => {
    const flights = new Flights(() => 0);
    const [disowned, other] = [ask(flights, 'n89072.test'), ask(flights, 'n203961.test')];
    flights.disown((one) => one === ALIKE[0]);
    expect([disowned.flight.keeps, other.flight.keeps]).toEqual([false, true]);
    expect(ALIKE.map((alike) => flights.find(alike, KEY))).toEqual([undefined, other.flight]);
    // A new one takes its place, and stays when the old one is answered.
    const again = ask(flights, 'n89072.test');
    await disowned.land();
    expect(flights.find(ALIKE[0]!, KEY)).toBe(again.flight);
    expect(flights.size).toBe(2);
  });
});
