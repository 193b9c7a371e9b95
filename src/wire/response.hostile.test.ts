import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { a, cname, compressed, message, opt, questionOf, recordsOf, soa } from '../../test/fakes/response.ts';
import { isProblem, readResponse } from './response.ts';

const NOW = 5000;

describe('octets that lie', () => {
  const www = questionOf('www.example.test');
  const cases: readonly [title: string, record: string][] = [
    ['rdata past the end', 'c00c00010001000000010fff01'],
    ['a name that points at itself', 'c022000100010000000100040a000001'],
    ['a name that points forward', 'c0ff000100010000000100040a000001'],
    ['a name that points into the header', 'c002000100010000000100040a000001'],
    ['an address of three octets', 'c00c000100010000000100030a0000'],
    ['a CNAME with octets behind its name', 'c00c000500010000000100040161c00cff'],
    ['a CNAME that points outside', 'c00c00050001000000010002c3ff'],
    ['an SOA cut short', 'c00c00060001000000010005c00cc00c00'],
    ['two OPT records', '0000290200000000000000'],
  ];
  test.each(cases)('%s', (_, record) => {
    expect(readResponse(compressed(www, record), www, NOW)).toMatchObject({ flaw: 'malformed' });
  });

  test('any octets, any change of a right one: a value, never an exception, and records within the body', () => {
    const right = Buffer.from(
      message(www, { answers: [cname('www.example.test', 'cdn.test'), a('cdn.test')], authorities: [soa('test')], additionals: [opt([])] }),
    );
    const changes = fc.array(fc.tuple(fc.nat(right.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    const changed = changes.map((list) => {
      const octets = Buffer.from(right);
      for (const [at, octet] of list) octets[at] = octet;
      return octets;
    });
    fc.assert(
      fc.property(
        fc.oneof(
          changed,
          fc.uint8Array({ maxLength: 200 }),
          fc.nat(right.length).map((size) => right.subarray(0, size)),
        ),
        (octets) => {
          const result = readResponse(octets, www, NOW);
          if (isProblem(result)) return;
          expect(result.ends.length).toBe(result.answers + result.authorities);
          expect(result.body.length).toBe(result.ends[result.ends.length - 1] ?? 0);
          recordsOf(result, www);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('a type nobody knows passes as it is', () => {
    expect(readResponse(compressed({ ...www, type: 65_280 }, 'c00cff0000010000000100020102'), { ...www, type: 65_280 }, NOW)).toMatchObject(
      { answers: 1 },
    );
  });
});
