import { decode, encode, type StringAnswer } from 'dns-packet';
import { expect, test } from 'vitest';
import { opt } from '../../test/fakes/response.ts';
import { lessAge } from './http-age.ts';

const reply = encode({
  type: 'response',
  questions: [{ name: 'a.test', type: 'A' }],
  answers: [20, 10].map((ttl) => ({ name: 'a.test', type: 'A', ttl, data: '192.0.2.1' })),
  additionals: [opt([])],
});
const ttls = (message: Uint8Array): unknown[] => decode(Buffer.from(message)).answers!.map((record) => (record as StringAnswer).ttl);

test.each<[string | undefined, number[]]>([
  [undefined, [20, 10]],
  ['0', [20, 10]],
  ['15', [5, 0]],
  [' 5 ', [15, 5]],
  ['99999999999', [0, 0]],
  ['-5', [20, 10]],
  ['soon', [20, 10]],
])('age %s', (age, left) => {
  const aged = lessAge(reply, age);
  expect(ttls(aged)).toEqual(left);
  expect(aged.subarray(-11)).toEqual(reply.subarray(-11));
});

test('a denial lasts for the minimum of its SOA, less the age', () => {
  const data = { mname: 'ns.test', rname: 'admin.test', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 60 };
  const denial = encode({
    type: 'response',
    questions: [{ name: 'a.test', type: 'A' }],
    authorities: [{ name: 'test', type: 'SOA', ttl: 3600, data }],
  });
  expect(decode(Buffer.from(lessAge(denial, '50'))).authorities).toMatchObject([{ ttl: 10, data: { minimum: 60 } }]);
});

test.each([0, 5, 12, 20, reply.length - 1])('what is no whole reply, %i octets, stays as it is', (length) => {
  expect(lessAge(reply.subarray(0, length), '5')).toEqual(reply.subarray(0, length));
});
