import { describe, expect, test } from 'vitest';
import { asked } from '../../test/fakes/asked.ts';
import { readCookieSecrets, ServerCookies } from './cookie.ts';

const secret = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
const hex = (octets: Uint8Array | undefined): string | undefined => octets && Buffer.from(octets).toString('hex');

const first = 'e5e973e5a6b2a43f48e7dc849e37bfcf';
const previous = 'dd3bdf9344b678b185a6f5cb60fca715';
const rolledOver = '445536bcd2513298075a5d379663c962';

describe('RFC 9018 appendix A', () => {
  test.each([
    {
      what: 'A.1: a new server cookie',
      secrets: [first],
      from: '198.51.100.100',
      now: 1559731985,
      cookie: '2464c4abcf10c957',
      verdict: 'client-only',
      gives: '2464c4abcf10c957010000005cf79f111f8130c3eee29480',
    },
    {
      what: 'A.2: the same client, 40 minutes later',
      secrets: [first],
      from: '198.51.100.100',
      now: 1559734385,
      cookie: '2464c4abcf10c957010000005cf79f111f8130c3eee29480',
      verdict: 'good',
      gives: '2464c4abcf10c957010000005cf7a871d4a564a1442aca77',
    },
    {
      what: 'A.3: another client, whose reserved octets are not 0',
      secrets: [first],
      from: '203.0.113.203',
      now: 1559734700,
      cookie: 'fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5',
      verdict: 'bad',
      gives: 'fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e',
    },
    {
      what: 'A.4: IPv6, made with the secret before',
      secrets: [rolledOver, previous],
      from: '2001:db8:220:1:59de:d0f4:8769:82b8',
      now: 1559741961,
      cookie: '22681ab97d52c298010000005cf7c57926556bd0934c72f8',
      verdict: 'good',
      gives: '22681ab97d52c298010000005cf7c609a6bb79d16625507a',
    },
  ])('$what', ({ secrets, from, now, cookie, verdict, gives }) => {
    const cookies = new ServerCookies(secrets.map(secret));
    const check = cookies.cookieOption(asked('example.com', 'A', { from, cookie }), now);
    expect(check.verdict).toBe(verdict);
    expect(hex(check.option)).toBe(`000a0018${gives}`);
  });

  test('A.3 in its own time: reserved octets are part of what is hashed', () => {
    const query = asked('example.com', 'A', { from: '203.0.113.203', cookie: 'fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5' });
    expect(new ServerCookies([secret(first)]).cookieOption(query, 0x5cf78f71 + 60).verdict).toBe('good');
  });
});

describe('a cookie of ours', () => {
  const cookies = new ServerCookies([secret(first)]);
  const made = 1_700_000_000;
  const full = (from = '10.0.0.1'): string =>
    hex(cookies.cookieOption(asked('a.test', 'A', { from, cookie: '0102030405060708' }), made).option)!.slice(8);

  test.each([
    { after: 0, verdict: 'good', same: true },
    { after: 1800, verdict: 'good', same: true },
    { after: 1801, verdict: 'good', same: false },
    { after: 3600, verdict: 'good', same: false },
    { after: 3601, verdict: 'bad', same: false },
    { after: -300, verdict: 'good', same: true },
    { after: -301, verdict: 'bad', same: false },
  ])('$after s after it was made is $verdict', ({ after, verdict, same }) => {
    const check = cookies.cookieOption(asked('a.test', 'A', { from: '10.0.0.1', cookie: full() }), made + after);
    expect(check.verdict).toBe(verdict);
    expect(hex(check.option)!.slice(8) === full()).toBe(same);
  });

  test('is bad from another address, and when any octet differs', () => {
    expect(cookies.cookieOption(asked('a.test', 'A', { from: '10.0.0.2', cookie: full() }), made).verdict).toBe('bad');
    for (let octet = 0; octet < 24; octet++) {
      const forged = Buffer.from(full(), 'hex');
      forged[octet]! ^= 0x10;
      expect(cookies.cookieOption(asked('a.test', 'A', { from: '10.0.0.1', cookie: forged.toString('hex') }), made).verdict).toBe('bad');
    }
  });

  test('is good across the end of 32-bit time', () => {
    const query = asked('a.test', 'A', { from: '10.0.0.1', cookie: '0102030405060708' });
    const cookie = hex(cookies.cookieOption(query, 2 ** 32 - 10).option)!.slice(8);
    expect(cookies.cookieOption(asked('a.test', 'A', { from: '10.0.0.1', cookie }), 2 ** 32 + 10).verdict).toBe('good');
  });
});

test.each([
  [undefined, 'none'],
  ['', 'malformed'],
  ['01020304050607', 'malformed'],
  ['0102030405060708', 'client-only'],
  ['010203040506070809', 'malformed'],
  ['01020304050607080910111213141516', 'bad'],
  ['00'.repeat(40), 'bad'],
  ['00'.repeat(41), 'malformed'],
])('a cookie of %s is %s', (cookie, verdict) => {
  const query = asked('a.test', 'A', cookie === undefined ? {} : { cookie });
  const check = new ServerCookies([secret(first)]).cookieOption(query, 1_700_000_000);
  expect(check.verdict).toBe(verdict);
  expect(check.option?.length).toBe(verdict === 'none' || verdict === 'malformed' ? undefined : 28);
});

test('secrets are read newest first, and what is wrong is said without showing it', () => {
  expect(readCookieSecrets(`# replicas share this\n${first}\n\n${previous} # before\n`)).toEqual({
    secrets: [secret(first), secret(previous)],
    errors: [],
  });
  expect(readCookieSecrets(`${first}\nabc\n`).errors).toEqual(['line 2: 3 characters are not a secret of 32 hexadecimal digits']);
  expect(readCookieSecrets('').errors).toHaveLength(1);
});
