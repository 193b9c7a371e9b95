import { expect, test } from 'vitest';
import { NOWHERE } from '../wire/known-names.ts';
import { LONGEST, PLACES, QueryTable } from './query-table.ts';

const packets = new Int32Array(64);
const octets = new Uint8Array(packets.buffer);

/** Looks for the query with these octets, under some ID. */
function find(table: QueryTable, query: Uint8Array, id = 0): number {
  octets.fill(0xee);
  octets.set(query);
  octets[0] = id;
  return table.find(packets, 0, query.length);
}

/** A query of some octets, which `number` tells from others. */
function numbered(number: number, length = 40): Uint8Array {
  const query = new Uint8Array(length);
  new DataView(query.buffer).setUint32(length - 4, number);
  return query;
}

test('a query is found by all its octets but the ID', () => {
  const table = new QueryTable();
  for (const length of [17, 18, 19, 20, LONGEST]) {
    const query = numbered(7, length);
    expect(find(table, query)).toBe(NOWHERE);
    const place = table.enter(60, 500, NOWHERE);
    expect([find(table, query, 9), table.lengthAt(place), table.untilOf(place)]).toEqual([place, length, 500]);
    for (let at = 2; at < length; at++) expect(find(table, query.with(at, 0xaa))).toBe(NOWHERE);
    expect(find(table, query.subarray(0, -1))).toBe(NOWHERE);
  }
  table.clear();
  expect(find(table, numbered(7))).toBe(NOWHERE);
});

test('a query that was found keeps its place, if the new response fits', () => {
  const table = new QueryTable();
  find(table, numbered(1));
  const place = table.enter(60, 500, NOWHERE);
  expect(table.enter(90, 700, find(table, numbered(1)))).toBe(place);
  expect(table.untilOf(place)).toBe(700);
  expect(table.enter(512, 900, find(table, numbered(1)))).toBe(NOWHERE);
  expect(table.untilOf(place)).toBe(700);
});

test('a query that comes often stays when many come once, which push out each other', () => {
  const table = new QueryTable();
  find(table, numbered(0));
  const place = table.enter(60, Infinity, NOWHERE);
  let entered = 0;
  for (let number = 1; number < PLACES * 4; number++) {
    if (find(table, numbered(number)) !== NOWHERE) expect.unreachable();
    if (table.enter(60, Infinity, NOWHERE) !== NOWHERE) entered++;
    if (number % 4 === 0) expect(find(table, numbered(0))).toBe(place);
  }
  expect(entered).toBeGreaterThan(PLACES * 3.9);
});

test('queries that all come often make room for another in the end', () => {
  const table = new QueryTable();
  for (let number = 0; number < PLACES * 4; number++) {
    find(table, numbered(number));
    table.enter(60, Infinity, NOWHERE);
    find(table, numbered(number));
  }
  const tries = Array.from({ length: 2 }, () => (find(table, numbered(-1)), table.enter(60, Infinity, NOWHERE) !== NOWHERE));
  expect(tries.at(-1)).toBe(true);
});
